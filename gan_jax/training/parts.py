"""What a training is made of, and the state from which it goes on."""

import time
from collections.abc import Callable
from typing import NamedTuple

import jax

from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import streaming
from gan_jax.devices import compilation, mesh
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run
from gan_jax.training import diagnostics, setup
from gan_jax.training.experiment import Experiment, start_from
from gan_jax.training.state import TrainState

PATIENCE = 10.0  # seconds in which a disk that hosts share shows what one of them has saved


class Parts(NamedTuple):
  """What a training is made of."""

  experiment: Experiment
  run: Run
  layout: mesh.Layout
  dataset: Dataset
  notice: Callable
  say: Callable  # text -> a context that tells what is being done


def first_state(parts: Parts, saved: Checkpoints, notice: Callable) -> TrainState:
  """The state to train from: the last sound checkpoint's, or another run's networks, or a new one."""
  experiment, layout = parts.experiment, parts.layout
  if layout.agreed(saved.latest() is not None):
    state = experiment.restore(saved, mend=True) if layout.first else None
    step = layout.agreed(int(state.step) if layout.first else 0)  # of several processes each has this one
    notice(f'{parts.run.folder}: resumed at step {step}')
    return state if layout.first else experiment.restore(saved, awaited(saved, step))
  return new_state(parts, notice)


def awaited(saved: Checkpoints, step: int) -> int:
  """The step, once its checkpoint is seen here: a shared disk may show it some seconds after another host."""
  end = time.monotonic() + PATIENCE
  while step not in saved.steps() and time.monotonic() < end:
    time.sleep(0.5)
  return step


def new_state(parts: Parts, notice: Callable) -> TrainState:
  """The state before the first step. Raises UserError."""
  experiment = parts.experiment
  with parts.say('making the networks'):
    state, options = jax.block_until_ready(experiment.init_state()), experiment.config.train
  if options.init_from:
    networks = setup.networks(options.init_from, experiment.copies, notice)
    state = start_from(state, networks, options.init_partial, notice)
    notice(f'starting from the networks of {options.init_from}')
  return state


def stepping(parts: Parts, state: TrainState) -> tuple[compilation.Dispatcher, TrainState]:
  """(what makes the steps from this state on, the state on all devices)."""
  experiment, layout, now = parts.experiment, parts.layout, int(state.step)
  state, config = layout.replicate(state), experiment.config
  with parts.say('tracing the training step'):
    one_step = jax.jit(experiment.train_step(layout.split))  # traced once
    cost = compilation.operations(one_step, state, layout.like(parts.dataset))
    feed = streaming.feed(parts.dataset, layout, config, now)
  many = config.train.steps_per_dispatch, config.train.num_steps
  looks = tuple(map(experiment.each, diagnostics.watching(cost >= compilation.LARGE)))
  return compilation.Dispatcher(one_step, feed, cost, *many, layout.whole, parts.say, looks), state
