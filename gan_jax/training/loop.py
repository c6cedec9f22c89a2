"""The loop: restore, step, log, sample, save. Everything about the game itself is in the GAN and its step."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
from ml_collections import ConfigDict

from gan_jax import data, errors, views
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import streaming
from gan_jax.devices import compilation, host_memory, mesh, profiling
from gan_jax.runs import logs
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run
from gan_jax.training import finish, setup
from gan_jax.training.experiment import Experiment, start_from
from gan_jax.training.interrupt import Interrupt
from gan_jax.training.state import TrainState


def train(
  config: ConfigDict, run: Run, notice: Callable = print, profile: int = 0
) -> tuple[TrainState, bool]:
  """Trains the run, from its last checkpoint if it has one, to `config.train.num_steps`.

  `profile` steps, once all is compiled, are traced into the run's folder.
  Returns (state, whether it finished): Ctrl-C saves and stops. Raises UserError for what a user can mend.
  """
  check(config)
  mesh.start(config.parallel)
  host_memory.prepare(config)
  layout = mesh.layout(config.train.batch_size, config.train.accumulate)
  dataset = data.make(config)
  experiment = setup.make(config, dataset.spec())
  experiment.check_memory(dataset)
  if layout.first:
    run.open(config, experiment.spec, notice)
  layout.meet('the run is open')
  with Checkpoints(run.checkpoints, config.checkpoint.keep) as saved:
    state = first_state(experiment, run, layout, saved, notice)
    start, last = int(state.step), config.train.num_steps
    if start < last:
      state = layout.replicate(state)
      profiler = profiling.Profiler(run.folder / 'profile', profile, notice)
      out = logs.Writers(run, config, start) if layout.first else logs.Silent()
      with out, Interrupt() as stop, profiler:
        state = loop(experiment, layout, state, dataset, saved, out, stop, profiler)
  state = mesh.local(state)
  finished = int(state.step) >= last
  if not finished:
    notice(f'stopped at step {int(state.step)}, saved; the same command continues from there')
  elif start < last or not run.figures.exists() or unscored(config, run):
    if layout.first:
      finish.finish(experiment, run, state, dataset, notice)
  else:
    notice(f'{run.folder} has its {last} steps already; set train.num_steps to continue')
  return state, finished


def unscored(config: ConfigDict, run: Run) -> bool:
  """Whether a finished run is to be scored, and has not been: evaluate.num_images may be set later."""
  return bool(config.evaluate.num_images) and not run.evaluation.exists()


def check(config: ConfigDict) -> None:
  """Raises UserError for numbers that cannot be trained with."""
  train, batch = config.train, config.train.batch_size
  if config.population.seeds < 1:
    raise errors.UserError(f'population.seeds={config.population.seeds}: must be at least 1')
  for field in ('batch_size', 'num_steps', 'g_steps', 'accumulate'):
    if train[field] < 1:
      raise errors.UserError(f'train.{field}={train[field]}: must be at least 1')
  if train.steps_per_dispatch < 0:
    raise errors.UserError(f'train.steps_per_dispatch={train.steps_per_dispatch}: must be 0 (choose) or more')
  if not 0 <= config.seed < 2**31:
    raise errors.UserError(f'seed={config.seed}: must be in [0, 2^31)')
  if batch % train.accumulate:
    raise errors.UserError(f'train.accumulate={train.accumulate} does not divide train.batch_size={batch}')


def first_state(
  experiment: Experiment, run: Run, layout: mesh.Layout, saved: Checkpoints, notice: Callable
) -> TrainState:
  """The state to train from: the last checkpoint's, or another run's networks, or a new one."""
  if saved.latest() is not None:
    notice(f'{run.folder}: resumed at step {saved.latest()}')
    return experiment.restore(saved, sharding=layout.whole)
  state, options = experiment.init_state(), experiment.config.train
  if options.init_from:
    other = Run(Path(options.init_from))
    with Checkpoints(other.checkpoints) as theirs:
      networks = setup.stored(other).restore(theirs)
    state = start_from(state, networks, options.init_partial, notice)
    notice(f'starting from the networks of {other.folder}')
  return state


def loop(
  experiment: Experiment,
  layout: mesh.Layout,
  state: TrainState,
  dataset: Dataset,
  saved: Checkpoints,
  out: Any,
  stop: Interrupt,
  profiler: profiling.Profiler,
) -> TrainState:
  """The state after the last step, or after the dispatch in which the user asked to stop."""
  config = experiment.config
  now, last = int(state.step), config.train.num_steps
  one_step = jax.jit(experiment.train_step(layout.split))  # traced once
  cost = compilation.operations(one_step, state, layout.like(dataset))
  feed = streaming.feed(dataset, layout, config, now)
  at_once = config.train.steps_per_dispatch
  advance = compilation.Dispatcher(one_step, feed, cost, at_once, last, layout.whole)
  view, stopped, running = views.of(experiment.gan), False, None
  snapshot = view.snapshot(experiment, dataset)
  if now == 0:
    out.picture(0, functools.partial(view.draw, snapshot(state)))
  while now < last and not stopped:
    profiler.before()
    state, metrics, count = advance(state, now)
    profiler.after(state, count)
    jax.block_until_ready(running)  # one more may wait in line: the bar and Ctrl-C must not lag behind
    running = metrics
    before, now = now, now + count
    out.progress(now)
    log(out, metrics, before, now, config.log.every)
    stopped = mesh.agree(stop)
    end = now == last or stopped
    if end or due(config.sample.every, before, now) or any(before < at <= now for at in config.sample.at):
      out.picture(now, functools.partial(view.draw, snapshot(state)))
    if end or due(config.checkpoint.every, before, now):
      saved.save(state)
  return state


def log(out: Any, metrics: dict, before: int, now: int, every: int) -> None:
  """Writes the rows of steps (before, now] that `every` divides; fetches nothing if there are none."""
  rows = [at for at in range(before + 1, now + 1) if at % every == 0]
  if not rows:
    return
  metrics = jax.device_get(metrics)  # waits for the dispatch, so that the rate is a true one
  speed = {'examples_per_second': out.rate(now), **profiling.peak_memory()}
  for at in rows:
    values = {name: number(values[at - before - 1]) for name, values in sorted(metrics.items())}
    out.scalars(at, {**values, **speed})


def number(value: np.ndarray | np.floating) -> float:
  """A metric [] as a number; of several copies [P], the mean over those whose value is finite, if any is."""
  finite = np.isfinite(value)
  return round(float(np.mean(value, where=finite if finite.any() else True)), 6)


def due(every: int, before: int, now: int) -> bool:
  """Whether a multiple of `every` lies in (before, now]; never if `every` is 0."""
  return every > 0 and now // every > before // every
