"""How good a generator is: the scores of a run, or of a population, and what that was measured on."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from gan_jax.runs.environment import environment
from gan_jax.runs.files import write_whole


def write(
  folder: Path,
  copies: Mapping[str, Mapping[str, float]],
  settings: Sequence[str],
  measured: Mapping[str, object],
) -> dict[str, dict]:
  """{setting: summary} of the scores of a run's copies, {name: scores}; they are written to evaluation.json.

  The scores of a copy that could not be scored are {}. Copies of one setting differ by seed alone. The file
  also has what they were `measured` on; numbers that are not finite are null in it.
  """
  found = groups(copies.values(), settings)
  (first, *others) = found.values()
  record = {} if others else dict(first['mean'])
  record['measured'] = {**measured, 'environment': environment()}
  if len(copies) > 1:
    every = {name: math.nan for group in found.values() for name in group['mean']}
    record |= {'groups': found, 'copies': {name: scores or every for name, scores in copies.items()}}
  write_whole(folder / 'evaluation.json', json.dumps(_finite(record), indent=2, allow_nan=False))
  return found


def read(folder: Path) -> list[dict[str, float]]:
  """[{name: number}] of each copy, from the evaluation.json of a run's folder; NaN where there is null."""
  record = json.loads((folder / 'evaluation.json').read_text())
  copies = record['copies'].values() if 'copies' in record else [record]
  number = lambda value: math.nan if value is None else value
  return [{name: number(value) for name, value in copy.items() if name != 'measured'} for copy in copies]


def measured(folder: Path) -> dict[str, object]:
  """What the scores in a run's folder were measured on; {} if there are none."""
  try:
    return json.loads((folder / 'evaluation.json').read_text())['measured']
  except (OSError, ValueError, KeyError, TypeError):
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
  return None if isinstance(tree, float) and not math.isfinite(tree) else tree
