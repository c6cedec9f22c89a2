"""Named warnings: how a game fails, read off the last rows of its metrics. docs/health.md has the remedies.

Each is a function of rows {name: number} with their 'step', oldest first, of one copy; a number that a game
does not tell sets nothing off. What is measured is in diagnostics.py.
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from ml_collections import ConfigDict

from gan_jax.runs import logged
from gan_jax.runs.logged import WARNING
from gan_jax.training.rows import number

Row = Mapping[str, float]
NORMS = ('d/grad_norm', 'g/grad_norm')
READ = ('d/accuracy', 'g/diversity', 'd/update_ratio', 'g/update_ratio', *NORMS)

FEWEST, LATELY = 5, 200  # rows, or those of so many steps if they are more: a batch alone says little
EARLIEST = 500  # steps; before that many a healthy run looks as if it failed
SURE = 0.99  # one error of a batch of 64 real and 64 fake images is 0.992
ALIKE = 0.3  # two neighbours of a ring's eight modes have 0.31, one has 0.01; healthy runs are above 0.55
MOTIONLESS = 1e-3  # of D's update ratio; D's and G's are within a factor of 100 in this project's recipes
NOTHING = 1e-6  # a norm of gradients; those of healthy runs are above 0.001
TIMES = 100  # what the norm was: ten times is common where D changes its mind
LARGE = 10  # a norm below it, however much it grew, is none that explodes: networks may begin at 0
WITHOUT_LIMIT = ('wasserstein',)  # losses whose slope is the same however sure D is


def discriminator_saturated(rows: Sequence[Row]) -> bool:
  """Whether D has told nearly all real images from fakes for a while."""
  found = [row['d/accuracy'] for row in late(rows, 'd/accuracy')]
  return bool(found) and statistics.fmean(found) >= SURE


def mode_collapse_suspected(rows: Sequence[Row]) -> bool:
  """Whether fakes have been much nearer to each other than real images are, for a while."""
  found = [row['g/diversity'] for row in late(rows, 'g/diversity')]
  return bool(found) and statistics.fmean(found) < ALIKE


def generator_does_not_learn(rows: Sequence[Row]) -> bool:
  """Whether G has stood still for a while: there is no gradient, or only D's weights move."""
  still = [
    row['g/update_ratio'] < MOTIONLESS * row['d/update_ratio']
    for row in late(rows, 'g/update_ratio', 'd/update_ratio')
  ]
  return all_of(still) or all_of([row['g/grad_norm'] < NOTHING for row in late(rows, 'g/grad_norm')])


def gradients_exploding(rows: Sequence[Row]) -> bool:
  """Whether the last gradient of a player is much larger than those before were, at any step."""
  return any(grown([row[name] for row in lately(rows, name)]) for name in NORMS)


WARNINGS = (
  discriminator_saturated,
  mode_collapse_suspected,
  generator_does_not_learn,
  gradients_exploding,
)


def grown(norms: Sequence[float]) -> bool:
  """Whether the last of FEWEST norms or more is large, and TIMES the median of those before."""
  return len(norms) >= FEWEST and norms[-1] > max(LARGE, TIMES * statistics.median(norms[:-1]))


def late(rows: Sequence[Row], *names: str) -> list[Row]:
  """What `lately` gives, if all of it is later than EARLIEST; else []."""
  found = lately(rows, *names)
  return found if len(found) >= FEWEST and found[0]['step'] > EARLIEST else []


def lately(rows: Sequence[Row], *names: str) -> list[Row]:
  """The last rows that have all of these numbers: FEWEST, or those of LATELY steps if they are more."""
  found = [row for row in rows if not any(math.isnan(row.get(name, math.nan)) for name in names)]
  return max(found[-FEWEST:], [row for row in found if row['step'] > found[-1]['step'] - LATELY], key=len)


def all_of(found: Sequence[bool]) -> bool:
  """Whether there are any, and all are true."""
  return bool(found) and all(found)


def name_of(warning: Callable) -> str:
  """'mode collapse suspected'."""
  return warning.__name__.replace('_', ' ')


def remedy(name: str, config: ConfigDict, has_d: bool = True) -> str:
  """The flags to try first against what a warning tells of; there are games without a D."""
  g_rate, d_rate = config.g_optimizer.learning_rate, config.d_optimizer.learning_rate
  if not has_d:
    factor = 10 if name == name_of(generator_does_not_learn) else 0.1
    return f'--config.g_optimizer.learning_rate={factor * g_rate:g}'
  if name == name_of(gradients_exploding):
    return f'--config.d_optimizer.learning_rate={d_rate / 10:g}'
  if name == name_of(generator_does_not_learn) and g_rate < d_rate:
    return f'--config.g_optimizer.learning_rate={d_rate:g}'
  return f'--config.penalty.r1={10 * config.penalty.r1 or 1:g}'


class Health:
  """Looks at the rows of a run, and says each warning once, of each copy for itself: also after a stop."""

  def __init__(self, config: ConfigDict, copies: int, out: Any, notice: Callable):
    """`out` are runs.logs.Writers; what they have kept of the run is looked back at."""
    self._config, self._out, self._notice = config, out, notice
    self._rows = [[] for _ in range(copies)]
    self._said = {name_of(warning): set() for warning in WARNINGS}
    if config.loss in WITHOUT_LIMIT:
      self._said[name_of(discriminator_saturated)] = set(range(copies))
    for row in out.kept:
      if WARNING in row:
        self._said.get(str(row[WARNING]), set()).update(logged.copies_of(row))
      elif copies == 1:  # rows of several have means
        self._add(0, logged.numbers(row))

  def look(self, step: int, values: Mapping[str, np.ndarray]) -> None:
    """Takes the metrics {name: [] or, of copies, [P]} of the row of a step."""
    read = {name: np.atleast_1d(values[name]) for name in READ if name in values}
    for k in range(len(self._rows)):
      self._add(k, {'step': step, **{name: number(value[k], name) for name, value in read.items()}})
    for warning in WARNINGS:
      name = name_of(warning)
      new = [k for k, rows in enumerate(self._rows) if k not in self._said[name] and warning(rows)]
      if new:
        self._said[name].update(new)
        self._tell(step, name, new)

  def _add(self, copy, row):
    self._rows[copy] = lately([*self._rows[copy], row], 'g/grad_norm')  # as many as any warning looks at

  def _tell(self, step, name, copies):
    several = len(self._rows) > 1
    self._out.warning(step, name, copies if several else None)
    whose = f' in copy {", ".join(map(str, copies))}' if several else ''
    flags = remedy(name, self._config, any('d/grad_norm' in row for row in self._rows[copies[0]]))
    self._notice(f'step {step:,}: {name}{whose}: try {flags} (docs/health.md)')
