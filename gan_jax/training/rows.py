"""The rows of metrics.jsonl: which steps have one, and what stands in it."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from gan_jax import regularizers
from gan_jax.devices import profiling
from gan_jax.training.diagnostics import FINITE, LOGGED, SMALL


class Rows:
  """Rows of the first step, of each that `every` divides, and of each whose state is saved.

  They are functions of the step: a run that goes on from a saved state writes what it would have without a
  stop. What is computed only every n-th step, see regularizers.lazy_name, stands there as it last was; what
  diagnostics.py computes for rows is missing where a step has one for its state alone.
  """

  def __init__(self, out: Any, every: int, look: Callable = lambda step, values: None):
    """`out` are runs.logs.Writers, which know the row of the step from which the run goes on.

    `look` is given each row, {name: [] or, of copies, [P]}.
    """
    self._out, self._every, self._look = out, every, look
    self._recent = []  # (before, now, {name: [now - before]} of these steps, perhaps on the device)

  def add(self, metrics: dict[str, Any], before: int, now: int, saved: bool) -> None:
    """Writes the rows of steps (before, now], if any; `saved` says whether the state after them is to be."""
    metrics = {name: value for name, value in metrics.items() if not name.startswith(FINITE)}
    reach = max(every for _, every in map(regularizers.logged_name, metrics))
    self._recent = [some for some in self._recent if some[1] > before + 1 - reach]
    steps = self.steps(before, now, saved)
    if steps:
      metrics = jax.device_get(metrics)  # waits for the dispatch, so that the rate is a true one
    self._recent.append((before, now, metrics))
    speed = {'examples_per_second': self._out.rate(now), **profiling.peak_memory()} if steps else {}
    for at in steps:
      values = self._values(at)
      self._out.scalars(at, {**{name: number(value, name) for name, value in values.items()}, **speed})
      if copies := {name: value.tolist() for name, value in values.items() if np.ndim(value)}:
        self._out.copies(at, copies)
      self._look(at, values)

  def steps(self, before: int, now: int, saved: bool) -> list[int]:
    """Those of (before, now] that have a row."""
    steps = [at for at in range(before + 1, now + 1) if self._every_nth(at)]
    return steps + ([now] if saved and now not in steps else [])

  def _every_nth(self, at):
    return at == 1 or due(self._every, at - 1, at)

  def _values(self, at):
    """{name: value}, of copies [P], of the row of a step."""
    found = {}
    for metric in sorted(self._recent[-1][2]):
      if metric.endswith(LOGGED) and not self._every_nth(at):
        continue  # it was not computed
      name, every = regularizers.logged_name(metric.removesuffix(LOGGED))
      computed = at - (at - 1) % every  # the first step is number 1 here, and 0 where it is computed
      there = [some for some in self._recent if some[0] < computed <= some[1]]
      if there:
        first, _, metrics = there[0]
        found[name] = np.asarray(metrics[metric][computed - first - 1])
      elif name in self._out.before:
        found[name] = np.asarray(self._out.before[name])
    return found


def number(value: np.ndarray | np.floating, name: str = '') -> float:
  """A metric [] as a number; of several copies [P], the mean over those whose value is finite, if any is.

  Of six decimals, or of six digits where its name is one of SMALL.
  """
  finite = np.isfinite(value)
  mean = float(np.mean(value, where=finite if finite.any() else True))
  return float(f'{mean:.6g}') if name.endswith(SMALL) else round(mean, 6)


def due(every: int, before: int, now: int) -> bool:
  """Whether a multiple of `every` lies in (before, now]; never if `every` is 0."""
  return every > 0 and now // every > before // every
