"""Another average of G than those of config.train: one that a run keeps by name, or one made of what it kept.

Karras et al. 2024, https://arxiv.org/abs/2312.02696, sec. 3.2: of a power function of any width, once the run
is over, from the averages in its checkpoints.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from gan_jax import errors
from gan_jax.gans import averages
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.training.experiment import Experiment
from gan_jax.training.state import TrainState

FAR = 0.1  # relative distance between what was asked for and what could be made, from which it is said


def choose(
  experiment: Experiment, saved: Checkpoints, state: TrainState, asked: str, notice: Callable = print
) -> TrainState:
  """`state` with the average that is `asked` for: '0.1', the width of a power function.

  One that the state has not is made of all that `saved` has up to its step; `notice` is told if these are too
  few to come near it. Raises UserError.
  """
  there = averages.named(state.ema)
  if not there:
    raise errors.UserError(
      f'--ema={asked}: this run keeps no averages by name, as train.ema_stds=0.05,0.1 does'
    )
  width = number(asked, there)
  if averages.name(width) in there:
    return state.replace(ema=state.ema[averages.name(width)])
  last = int(state.step)
  steps = sorted({step for step in saved.steps() if step < last} | {last})
  kept = [(step, name) for step in steps for name in there]
  weights, distance = averages.coefficients(
    [step for step, _ in kept], [float(name) for _, name in kept], last, width
  )
  if distance > FAR:
    notice(
      f'the average of {width:g} is {distance:.0%} away from what {len(kept)} kept ones give:'
      ' more checkpoints (checkpoint.keep) come nearer'
    )
  return state.replace(ema=total(experiment, saved, state, kept, weights))


def total(
  experiment: Experiment,
  saved: Checkpoints,
  state: TrainState,
  kept: Sequence[tuple[int, str]],
  weights: Float[np.ndarray, ' N'],
) -> dict[str, Any]:
  """The sum of averages (step, name) with these weights, one checkpoint after the other."""
  sums, of_step = (
    None,
    functools.lru_cache(1)(lambda step: jax.device_get(restored(experiment, saved, state, step))),
  )
  for (step, name), weight in zip(kept, weights, strict=True):
    one = jax.tree.map(lambda array, weight=weight: scaled(array, weight), of_step(step)[name])
    sums = one if sums is None else jax.tree.map(added, sums, one)
  return jax.tree.map(lambda total, like: total.astype(like.dtype), sums, state.ema[kept[0][1]])


def restored(experiment: Experiment, saved: Checkpoints, state: TrainState, step: int) -> dict[str, Any]:
  """The averages of a step."""
  return state.ema if step == int(state.step) else experiment.restore(saved, step).ema


def scaled(array: np.ndarray, weight: float) -> np.ndarray:
  """A weighted number in float64; a whole one as it is, see averages.mixed."""
  return weight * np.float64(array) if np.issubdtype(array.dtype, np.floating) else array


def added(one: np.ndarray, other: np.ndarray) -> np.ndarray:
  """The sum of numbers, the newer one of whole ones."""
  return one + other if np.issubdtype(one.dtype, np.floating) else other


def number(asked: str, there: Sequence[str]) -> float:
  """The width that is asked for. Raises UserError."""
  try:
    width = float(asked)
  except ValueError:
    width = 0.0
  if not 0 < width <= 0.28:
    raise errors.UserError(
      f'--ema={asked}: the width of an average, above 0 and at most 0.28 (kept: {", ".join(there)})'
    )
  return width
