"""What a sweep asks: the object that `get_sweep(sweep)` of a config file, or of one of its own, fills.

    def get_sweep(sweep):
      sweep.grid({'g_optimizer.learning_rate': [1e-4, 3e-4, 1e-3], 'penalty.r1': [0.1, 1]})
      sweep.seeds(3)
      sweep.score('fid')

What several calls give is crossed: each setting of one with each of another.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gan_jax import errors
from gan_jax.evaluation import tables
from gan_jax.training.sweep import stopping
from gan_jax.training.sweep.settings import Range, Setting, grid, listed, share

BETTER = {'lower': min, 'higher': max}
SAMPLERS = ('random', 'tpe', 'cma')
TRIES = 100  # draws for a setting, in the mean, before it is said that there are no more


class Sweep:
  """Settings of fields, how often each is tried, and the score that tells which is best."""

  def __init__(self):
    self.factors: list[list[Setting]] = []
    self.ranges: dict[str, Range] = {}
    self.count, self.score_name, self.better = 1, '', None
    self.most_trials: int | None = None
    self.most_hours = math.inf
    self.sampler, self.rule = 'random', ''
    self.at_once: int | None = None
    self.most_together: int | None = None

  def grid(self, fields: Mapping[str, Iterable[Any]]) -> None:
    """Each combination of values: {'penalty.r1': [0.1, 1], 'loss': ['hinge', 'wasserstein']}."""
    self._add('grid', grid(fields))

  def zip(self, fields: Mapping[str, Iterable[Any]]) -> None:
    """The first values of all fields together, then the second ones, ...; each field has as many."""
    values = listed('zip', fields)
    if len({len(some) for some in values.values()}) > 1:
      lengths = ', '.join(f'{field} has {len(some)}' for field, some in values.items())
      raise errors.UserError(f'sweep.zip pairs values, and {lengths}')
    self._add('zip', [dict(zip(values, some, strict=True)) for some in zip(*values.values(), strict=True)])

  def list(self, settings: Iterable[Mapping[str, Any]]) -> None:
    """These settings: [{'loss': 'hinge'}, {'loss': 'wasserstein', 'penalty.gp': 10}]."""
    self._add('list', _settings('list', settings))

  def product(self, *factors: Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]]) -> None:
    """Each combination of grids and lists of settings."""
    for factor in factors:
      self._add('product', grid(factor) if isinstance(factor, Mapping) else _settings('product', factor))

  def uniform(self, field: str, low: float, high: float) -> None:
    """Numbers in [low, high], drawn anew for each setting; see budget."""
    self._range('uniform', field, low, high, log=False)

  def loguniform(self, field: str, low: float, high: float) -> None:
    """Numbers in [low, high] whose logarithm is uniform, drawn anew for each setting; see budget."""
    self._range('loguniform', field, low, high, log=True)

  def seeds(self, count: int) -> None:
    """Each setting is tried with so many seeds: that of the config, and those after it."""
    if not _is_count(count):
      raise errors.UserError(f'sweep.seeds({count!r}): at least 1')
    self.count = count

  def score(self, name: str, better: str = '') -> None:
    """The score by which settings are ranked; `better` says lower or higher of one that is not known."""
    if better and better not in BETTER:
      raise errors.unknown('better of sweep.score', better, BETTER)
    self.score_name, self.better = name, BETTER.get(better)

  def budget(self, trials: int | None = None, hours: float | None = None) -> None:
    """At most so many trials, of all seeds together; none begins after so many hours."""
    if trials is not None and not _is_count(trials):
      raise errors.UserError(f'sweep.budget(trials={trials!r}) is a budget of nothing')
    if hours is not None and not (_is_number(hours) and hours > 0):
      raise errors.UserError(f'sweep.budget(hours={hours!r}) is a budget of nothing')
    self.most_trials, self.most_hours = trials, math.inf if hours is None else hours

  def search(self, sampler: str, at_once: int | None = None) -> None:
    """How ranges are searched: random, or tpe and cma of Optuna, which learn from the scores so far.

    So many settings are asked for at once; without it as many as there is room for.
    """
    if sampler not in SAMPLERS:
      raise errors.unknown('sampler in sweep.search', sampler, SAMPLERS)
    if at_once is not None and not _is_count(at_once):
      raise errors.UserError(f'sweep.search({sampler!r}, at_once={at_once!r}): at least 1')
    self.sampler, self.at_once = sampler, at_once

  def stop(self, rule: str) -> None:
    """Trials end early, by the scores while they train (config.evaluate.every): asha or median."""
    if rule not in stopping.RULES:
      raise errors.unknown('rule in sweep.stop', rule, stopping.RULES)
    self.rule = rule

  def together(self, most: int) -> None:
    """At most so many trials that differ in seeds and real numbers learn in one program; 1: each alone."""
    if not _is_count(most):
      raise errors.UserError(f'sweep.together({most!r}): at least 1')
    self.most_together = most

  @property
  def rank(self) -> Any:
    """min or max: which of two values of the score is the better one."""
    return self.better or tables.BETTER[self.score_name.removesuffix('_rejection')]

  @property
  def fields(self) -> Sequence[str]:
    """The fields in which settings differ, in the order in which they were named."""
    names = (field for factor in self.factors for setting in factor for field in setting)
    return tuple(dict.fromkeys([*names, *self.ranges]))

  def cells(self) -> Iterator[Setting]:
    """Each combination of what the calls gave, without what is drawn."""
    for parts in itertools.product(*self.factors):
      yield {field: value for part in parts for field, value in part.items()}

  def settings(self) -> Iterator[Setting]:
    """All settings, as many as the budget allows. Drawn ones are functions of their number."""
    most = None if self.most_trials is None else self.most_trials // self.count
    if not self.ranges:
      yield from itertools.islice(self.cells(), most)
      return
    cells, seen = list(self.cells()), set()
    for k in itertools.count():
      if len(seen) >= (most or 0):
        return
      drawn = {field: some.at(share(field, k)) for field, some in self.ranges.items()}
      setting = {**cells[len(seen) % len(cells)], **drawn}
      if repr(setting) not in seen:
        seen.add(repr(setting))
        yield setting
      elif k > TRIES * most:
        raise errors.UserError(f'sweep.budget asks for {most:,} settings, and the ranges have fewer numbers')

  def _add(self, call, settings):
    if not settings or not all(settings):
      raise errors.UserError(f'sweep.{call} has no values: each field needs at least one')
    for field in dict.fromkeys(field for setting in settings for field in setting):
      self._once(call, field)
    self.factors.append(settings)

  def _range(self, call, field, low, high, log):
    self._once(call, field)
    if not (_is_number(low) and _is_number(high) and low < high and (low > 0 or not log)):
      wanted = '0 < low < high' if log else 'low < high'
      raise errors.UserError(f'sweep.{call}({field!r}, {low!r}, {high!r}): {wanted}')
    self.ranges[field] = Range(float(low), float(high), log)

  def _once(self, call, field):
    if field in self.fields:
      raise errors.UserError(f'sweep.{call}: {field} is given twice')
    if field == 'seed' or field.startswith('population.'):
      raise errors.UserError(f'sweep.{call}: sweep.seeds(3) tries seeds, not {field}')


def _settings(call, settings):
  found = list(settings) if isinstance(settings, Iterable) else None
  if found is None or not all(isinstance(one, Mapping) for one in found):
    raise errors.UserError(f'sweep.{call}: a list of {{FIELD: VALUE}}, not {settings!r}')
  return [dict(one) for one in found]


def _is_number(value):
  return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value):
  return isinstance(value, int) and not isinstance(value, bool) and value >= 1
