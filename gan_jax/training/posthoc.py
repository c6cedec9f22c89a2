"""Another average of G than those of config.train: one that a run keeps by name, or one made of what it kept.

Karras et al. 2024, https://arxiv.org/abs/2312.02696, sec. 3.2: of a power function of any width, once the run
is over, from the averages in its checkpoints.
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
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
  last = max(int(state.step), 1)
  steps = [step for step in saved.steps() if 0 < step < last] + [last]
  kept = list(itertools.product(steps, there))
  weights, distance = averages.coefficients(
    [step for step, _ in kept], [float(name) for _, name in kept], last, width
  )
  if distance > FAR:
    notice(
      f'the average of {width:g} is {distance:.0%} away from what {len(kept)} kept ones give:'
      ' more checkpoints (checkpoint.keep) come nearer'
    )
  every = (ema for step in steps for ema in of_step(experiment, saved, state, step))
  try:
    return state.replace(ema=total(every, weights))
  except errors.UserError:
    if set(steps[:-1]) <= set(saved.steps()):
      raise
    return choose(experiment, saved, state, asked, notice)  # one of them has gone meanwhile


def of_step(experiment: Experiment, saved: Checkpoints, state: TrainState, step: int) -> list[dict[str, Any]]:
  """The averages of a step, in the order of their names; those of the `state` itself are not read again."""
  ema = state.ema if step >= int(state.step) else experiment.restore(saved, step).ema
  return [jax.device_get(ema[name]) for name in averages.named(ema)]


def total(every: Iterable[dict[str, Any]], weights: Float[np.ndarray, ' N']) -> dict[str, Any]:
  """The weighted sum of N averages, added up in float64; of whole numbers and flags the newest."""

  def add(total, array, weight):
    if not np.issubdtype(array.dtype, np.floating):
      return array
    return total + weight * np.float64(array)

  sums = None
  for ema, weight in zip(every, weights, strict=True):
    sums = jax.tree.map(np.zeros_like, ema) if sums is None else sums
    sums = jax.tree.map(lambda total, array, weight=weight: add(total, array, weight), sums, ema)
  return jax.tree.map(lambda total, like: total.astype(like.dtype), sums, ema)


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
