"""How good a generator is: the scores of a run, or of a population, and what that was measured on."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_jax import errors
from gan_jax.data.decoding import regular
from gan_jax.evaluation.scores import Scores
from gan_jax.runs.environment import environment
from gan_jax.runs.files import write_whole


def write(
  file: Path,
  copies: Mapping[str, Scores],
  settings: Sequence[str],
  measured: Mapping[str, object],
) -> dict[str, dict]:
  """{setting: summary} of the Scores of a run's copies, by name; they are written to evaluation.json.

  The numbers of a copy that could not be scored are {}. Copies of one setting differ by seed alone. The file
  also has their intervals and protocol, and what they were `measured` on; numbers that are not finite are
  null in it.
  """
  values = {copy: scores.numbers for copy, scores in copies.items()}
  found = groups(values.values(), settings)
  (first, *others) = found.values()
  record = {} if others else dict(first['mean'])
  sure = {copy: scores.intervals for copy, scores in copies.items()}
  record['intervals_95'] = sure if len(copies) > 1 else next(iter(sure.values()))
  record['protocol'] = next((scores.protocol for scores in copies.values() if scores.protocol), {})
  record['measured'] = {**measured, 'environment': environment()}
  if len(copies) > 1:
    every = {name: math.nan for group in found.values() for name in group['mean']}
    record |= {'groups': found, 'copies': {copy: some or every for copy, some in values.items()}}
  write_whole(file, json.dumps(_finite(record), indent=2, allow_nan=False))
  return found


def read(folder: Path) -> list[dict[str, float]]:
  """[{name: number}] of each copy, from the evaluation.json of a run's folder; NaN where there is null.

  Raises UserError where there is none, or a broken one.
  """
  file = folder / 'evaluation.json'
  try:
    return list(numbers(json.loads(regular.text(file))).values())
  except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
    raise errors.UserError(
      f'{file} has no scores ({errors.reason(error)}): --mode=evaluate makes it anew'
    ) from error


def numbers(record: Mapping[str, Any]) -> dict[str, dict[str, float]]:
  """{copy: {name: number}} of what an evaluation.json has; a run without copies has one, called ''."""
  copies = record.get('copies', {'': record})
  number = lambda value: math.nan if value is None else value
  alone = lambda value: value is None or isinstance(value, int | float)
  return {
    copy: {name: number(value) for name, value in some.items() if alone(value)}
    for copy, some in copies.items()
  }


def measured(folder: Path) -> dict[str, object]:
  """What the scores in a run's folder were measured on; {} if there are none."""
  try:
    return json.loads(regular.text(folder / 'evaluation.json'))['measured']
  except (OSError, ValueError, KeyError, TypeError, RecursionError):
    return {}


def groups(rows: Iterable[Mapping[str, float]], settings: Sequence[str]) -> dict[str, dict]:
  """{setting, or 'all' for '': summary} of the scores of copies."""
  found = {}
  for scores, setting in zip(rows, settings, strict=True):
    found.setdefault(setting or 'all', []).append(scores)
  return {setting: summary(some) for setting, some in found.items()}


def summary(rows: Sequence[Mapping[str, float]]) -> dict[str, dict | int]:
  """Of dicts of numbers: {'mean', 'spread', 'interval_95': {name: number}, 'seeds', 'failed': how many}.

  The spread is the standard deviation, the interval half of the 95 % confidence interval of the mean; None of
  a single number, which tells nothing of them. Numbers that are not finite are left out; empty dicts failed.
  """
  scored = [row for row in rows if row]
  found = {'mean': {}, 'spread': {}, 'interval_95': {}}
  for name in scored[0] if scored else ():
    if all(name in row for row in scored):
      values = np.array([row[name] for row in scored], float)
      values = values[np.isfinite(values)]
      several = len(values) > 1
      found['mean'][name] = float(values.mean()) if len(values) else math.nan
      found['spread'][name] = float(values.std(ddof=1)) if several else None
      found['interval_95'][name] = _interval(values) if several else None
  return {**found, 'seeds': len(scored), 'failed': len(rows) - len(scored)}


def _interval(values):
  """Half of the 95 % confidence interval of the mean, by Student's t."""
  from scipy import stats  # takes half a second

  return float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)))


def _finite(tree):
  """`tree` as JSON can have it."""
  if isinstance(tree, Mapping):
    return {name: _finite(value) for name, value in tree.items()}
  if isinstance(tree, tuple | list):
    return [_finite(value) for value in tree]
  return None if isinstance(tree, float) and not math.isfinite(tree) else tree
