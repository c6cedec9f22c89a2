"""What training will cost, before it is paid: the operations of a step, its time and its memory."""

import statistics
import time
from typing import NamedTuple

import jax
import numpy as np
from ml_collections import ConfigDict

from gan_jax import gans
from gan_jax.data.dataset import Dataset
from gan_jax.devices import compilation, memory
from gan_jax.training import experiment

SIDE = 2048  # of the matrices by whose product the device's rate is measured


class Step(NamedTuple):
  """What a step takes."""

  seconds: float
  bytes: int  # of memory at its largest, with the state, without the data


def rate() -> float:
  """Floating-point operations a second of matrix products on this device, as it is now."""
  matrix = jax.random.normal(jax.random.key(0), (SIDE, SIDE))
  product = jax.jit(lambda matrix: matrix @ matrix)
  return 2 * SIDE**3 / _median_seconds(lambda: product(matrix), 3)


def operations(config: ConfigDict) -> int:
  """Floating-point operations of a step, all of its branches taken."""
  one, dataset, step = _parts(config)
  return compilation.operations(step, jax.eval_shape(one.init, 0), dataset)


def measured(config: ConfigDict, count: int = 5) -> Step:
  """The median of `count` real steps, on images of noise; compiles a program of one step."""
  one, dataset, step = _parts(config)
  state = one.init_state()
  cost = compilation.operations(step, state, dataset)
  options = compilation.compiler_options(cost)
  program = compilation.make(step, 1, options=options).lower(state, dataset).compile()
  held = sum(array.nbytes for array in jax.tree.leaves(state))

  def advance():
    nonlocal state
    state, _ = program(state, dataset)
    return state

  return Step(_median_seconds(advance, count), held + memory.needed(program))


def _parts(config):
  """(Experiment, Dataset of noise, its jitted step)."""
  shape = (*config.data.size, config.data.channels)
  noise = np.random.default_rng(0).integers(0, 256, (256, *shape), np.uint8)
  dataset = Dataset({'image': noise}, len(noise), config.train.batch_size, shape)
  one = experiment.make(config, dataset.spec(gans.reads_conditions(config)))
  return one, dataset, jax.jit(one.train_step())


def _median_seconds(function, count):
  """The median time of `count` calls after a first."""
  jax.block_until_ready(function())
  times = []
  for _ in range(count):
    begun = time.perf_counter()
    jax.block_until_ready(function())
    times.append(time.perf_counter() - begun)
  return statistics.median(times)
