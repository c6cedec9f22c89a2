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

PARTS = 6  # in which numbers of many values are taken


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
  """p of the paired t-test over the seeds of both {seed: score}, two-sided; None where it cannot tell."""
  from scipy import stats  # takes half a second

  seeds = sorted(first.keys() & other.keys())
  if len(seeds) < 2:
    return None
  differences = np.array([other[seed] - first[seed] for seed in seeds])
  mean, error = differences.mean(), differences.std(ddof=1) / math.sqrt(len(seeds))
  if error == 0:  # of counts, say: how sure that is the test cannot tell
    return 1.0 if mean == 0 else None
  return float(2 * stats.t.sf(abs(mean / error), len(seeds) - 1))


def holm(ps: Sequence[float]) -> list[float]:
  """p values corrected for their number, in the same order."""
  order, found, most = np.argsort(ps, kind='stable'), [0.0] * len(ps), 0.0
  for rank, k in enumerate(order):
    most = max(most, min(1.0, (len(ps) - rank) * ps[k]))
    found[k] = most
  return found


def importance(found: Sequence[Setting]) -> dict[str, float]:
  """{field: share of the variance of all scores between its values}, in [0, 1], the most first.

  Epsilon squared (Kelley 1935, https://doi.org/10.1073/pnas.21.9.554): what chance alone would have between
  them is taken off; 0 where no value is there twice. Of each field for itself: what fields do together is not
  in it, and of fields that go together, as those of `sweep.zip`, the first stands for all. Numbers of many
  values are taken in PARTS, or so many that each has two.
  """
  scored = [one for one in found if math.isfinite(one.mean)]
  pairs = [(one, value) for one in scored for value in one.values.values() or [one.mean]]
  scores = np.array([value for _, value in pairs])
  shares = {field: _between([one.fields.get(field) for one, _ in pairs], scores) for field in _apart(scored)}
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


def _between(values: Sequence[Any], scores: Float[np.ndarray, ' N']) -> float:
  parts = max(1, min(PARTS, len(values) // 2))
  if all(isinstance(value, int | float) for value in values) and len(set(values)) > parts:
    known, ranks = np.unique(values, return_inverse=True)
    values = list(ranks * parts // len(known))
  groups: dict[str, list[float]] = {}
  for value, score in zip(values, scores, strict=True):
    groups.setdefault(repr(value), []).append(score)
  total = float(((scores - scores.mean()) ** 2).sum()) if len(scores) else 0.0
  free = len(scores) - len(groups)
  if total == 0 or free == 0:
    return 0.0
  between = float(sum(len(some) * (np.mean(some) - scores.mean()) ** 2 for some in groups.values()))
  return max(0.0, between - (len(groups) - 1) * (total - between) / free) / total


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
