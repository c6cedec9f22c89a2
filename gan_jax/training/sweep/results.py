"""What came out of a sweep: means with their intervals, which settings differ, which fields matter."""

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from gan_jax.evaluation import evaluate
from gan_jax.runs.files import whole
from gan_jax.training.sweep import plan
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.plan import Trial


class Result(NamedTuple):
  """A trial and where it stands; `value` is its score, NaN where it has none."""

  trial: Trial
  kind: str
  value: float
  numbers: Mapping[str, float]
  error: str


class Setting(NamedTuple):
  """The trials of one setting, which differ by seed."""

  fields: dict[str, Any]
  label: str
  values: dict[int, float]  # {seed: score} of those that are done
  failed: int
  mean: float
  interval: float | None  # half of the 95 % interval of the mean, by Student's t; None of one seed
  missing: int = 0  # seeds without a score
  p: float | None = None  # that the mean of the best setting is the same; None of that, and of one seed


def read(trials: Sequence[Trial], folder: Folder) -> list[Result]:
  """A Result of each trial. Raises UserError for one whose scores cannot be read."""
  found = []
  for trial in trials:
    state = folder.state(trial)
    value = state.numbers[folder.score] if state.kind == 'done' else math.nan
    found.append(Result(trial, state.kind, value, state.numbers, state.error))
  return found


def settings(results: Sequence[Result], better: Callable) -> list[Setting]:
  """All settings, the best mean first; those without a score of each seed last; `better` is min or max.

  Each is paired with the best over the seeds that both have, by a t-test; p is Holm's of all these tests,
  Holm 1979, https://www.jstor.org/stable/4615733.
  """
  groups: dict[str, list[Result]] = {}
  for result in results:
    groups.setdefault(result.trial.label, []).append(result)
  found = []
  for label, some in groups.items():
    values = {one.trial.seed: one.value for one in some if one.kind == 'done'}
    summary = evaluate.summary([{'score': value} for value in values.values()])
    failed = sum(one.kind == 'failed' for one in some)
    mean, interval = (summary[name].get('score') for name in ('mean', 'interval_95'))
    mean = math.nan if mean is None else mean
    missing = len(some) - len(values)
    found.append(Setting(some[0].trial.setting, label, values, failed, mean, interval, missing))
  sign = 1 if better is min else -1
  found.sort(key=lambda one: (math.isnan(one.mean), one.missing > 0, sign * one.mean))
  first, *others = found
  raw = [paired(first.values, other.values) for other in others]
  tested = [k for k, p in enumerate(raw) if p is not None]
  corrected = dict(zip(tested, holm([raw[k] for k in tested]), strict=True))
  return [first, *(other._replace(p=corrected.get(k)) for k, other in enumerate(others))]


def paired(first: Mapping[int, float], other: Mapping[int, float]) -> float | None:
  """p of the paired t-test over the seeds of both {seed: score}, two-sided; None of fewer than two."""
  from scipy import stats  # takes half a second

  seeds = sorted(first.keys() & other.keys())
  if len(seeds) < 2:
    return None
  differences = np.array([other[seed] - first[seed] for seed in seeds])
  mean, error = differences.mean(), differences.std(ddof=1) / math.sqrt(len(seeds))
  if error == 0:
    return 1.0 if mean == 0 else 0.0
  return float(2 * stats.t.sf(abs(mean / error), len(seeds) - 1))


def holm(ps: Sequence[float]) -> list[float]:
  """p values corrected for their number, in the same order."""
  order, found, most = np.argsort(ps, kind='stable'), [0.0] * len(ps), 0.0
  for rank, k in enumerate(order):
    most = max(most, min(1.0, (len(ps) - rank) * ps[k]))
    found[k] = most
  return found


def importance(found: Sequence[Setting]) -> dict[str, float]:
  """{field: share of the variance of the settings' means between its values}, in [0, 1], the most first.

  The correlation ratio, of each field for itself: what fields do together is not in it, and of fields that go
  together, as those of `sweep.zip`, the first stands for all. Numbers of more than six values are taken in
  six parts.
  """
  scored = [one for one in found if math.isfinite(one.mean)]
  means = np.array([one.mean for one in scored])
  shares = {field: _between([one.fields.get(field) for one in scored], means) for field in _apart(scored)}
  return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _apart(found: Sequence[Setting]) -> list[str]:
  """The fields, without those whose values change where, and only where, those of one before them do."""
  kept, seen = [], set()
  for field in dict.fromkeys(field for one in found for field in one.fields):
    number: dict[str, int] = {}
    values = tuple(number.setdefault(repr(one.fields.get(field)), len(number)) for one in found)
    if values not in seen or len(number) == len(found):  # where none is there twice, nothing can be told
      kept.append(field)
    seen.add(values)
  return kept


def _between(values: Sequence[Any], means: Float[np.ndarray, ' N']) -> float:
  numeric = all(isinstance(value, int | float) for value in values)
  if numeric and len(set(values)) > 6:
    known, ranks = np.unique(values, return_inverse=True)
    values = list(ranks * 6 // len(known))
  groups: dict[str, list[float]] = {}
  for value, mean in zip(values, means, strict=True):
    groups.setdefault(repr(value), []).append(mean)
  total = float(((means - means.mean()) ** 2).sum()) if len(means) else 0.0
  if total == 0:
    return 0.0
  return sum(len(some) * (np.mean(some) - means.mean()) ** 2 for some in groups.values()) / total


def write_csv(folder: Folder, results: Sequence[Result]) -> None:
  """Writes results.csv: a row a trial, with its fields, its seed, where it stands, all scores, its error."""
  fields = list(dict.fromkeys(field for result in results for field in result.trial.setting))
  scores = list(dict.fromkeys([folder.score, *(name for result in results for name in result.numbers)]))
  with whole(folder.path / 'results.csv') as partial, open(partial, 'w', newline='') as file:
    writer = csv.writer(file)
    writer.writerow(['trial', *fields, 'seed', 'state', *scores, 'error'])
    for one in results:
      setting = [
        plan.shown(one.trial.setting[field]) if field in one.trial.setting else '' for field in fields
      ]
      numbers = [one.numbers.get(name, '') for name in scores]
      writer.writerow([one.trial.name, *setting, one.trial.seed, one.kind, *numbers, one.error])
