"""How good a generator is: the scores of a run, or of a population, and what that was measured on."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from gan_jax.runs.environment import environment
from gan_jax.runs.files import write_whole


def write(folder: Path, copies: Mapping[str, Mapping[str, float]], **measured: object) -> dict[str, float]:
  """The mean scores {name: number} of the copies of a run; they are written into its evaluation.json.

  The file also has what they were `measured` on, and of several copies each one's scores, with 95 % intervals
  of the means.
  """
  scores, intervals = summary(list(copies.values()))
  record = {**scores, 'measured': {**measured, 'environment': environment()}}
  if len(copies) > 1:
    record |= {'interval_95': intervals, 'groups': groups(copies), 'copies': copies}
  write_whole(folder / 'evaluation.json', json.dumps(record, indent=2))
  return scores


def read(folder: Path) -> list[dict[str, float]]:
  """[{name: number}] of each copy, from the evaluation.json of a run's folder."""
  record = json.loads((folder / 'evaluation.json').read_text())
  copies = record['copies'].values() if 'copies' in record else [record]
  return [{name: value for name, value in copy.items() if name != 'measured'} for copy in copies]


def summary(rows: Sequence[Mapping[str, float]]) -> tuple[dict[str, float], dict[str, float | None]]:
  """({name: mean}, {name: half of the 95 % confidence interval of the mean}) of dicts of numbers.

  Student's t; None as the interval of a single row, which tells nothing of the spread.
  """
  from scipy import stats  # takes half a second

  shared = [name for name in rows[0] if all(name in row for row in rows)]
  students_t = stats.t.ppf(0.975, len(rows) - 1)
  half = lambda values: float(students_t * values.std(ddof=1) / math.sqrt(len(values)))
  means, intervals = {}, {}
  for name in shared:
    values = np.array([row[name] for row in rows], float)
    means[name] = float(values.mean())
    intervals[name] = half(values) if len(values) > 1 else None
  return means, intervals


def groups(copies: Mapping[str, Mapping[str, float]]) -> dict[str, dict]:
  """{what the copies share but the seed: {'mean', 'interval_95', 'seeds'}} of {name: scores}."""
  found = {}
  for name, scores in copies.items():
    found.setdefault(name.rpartition('seed ')[0].rstrip(', '), []).append(scores)
  means_of = {}
  for name, rows in found.items():
    means, intervals = summary(rows)
    means_of[name or 'all'] = {'mean': means, 'interval_95': intervals, 'seeds': len(rows)}
  return means_of
