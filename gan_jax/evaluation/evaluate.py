"""How good a generator is: the scores of a run, or of a population, and what that was measured on."""

import json
import math

import numpy as np

from gan_jax import errors
from gan_jax.runs import folder as runs
from gan_jax.views import report


def evaluate(made, run, state, dataset):
  """The scores {name: number}, also in evaluation.json; {} without `config.evaluate.num_images`.

  Of a population, the mean over all copies; the file has each copy's, and 95 % intervals of the means.
  What cannot be scored: {'why_not': ...}.
  """
  if not made.config.evaluate.num_images:
    return {}
  try:
    copies = {name: report.view(made).score(one, part, dataset) for name, one, part in made.members(state)}
  except errors.UserError as error:
    return {'why_not': str(error)}
  source = {'step': int(state.step), 'data': made.config.data.name, 'environment': runs.environment()}
  scores, intervals = summary(list(copies.values()))
  told = {**scores, 'measured': source}
  if len(copies) > 1:
    told |= {'interval_95': intervals, 'groups': groups(copies), 'copies': copies}
  runs.write_whole(run.folder / 'evaluation.json', json.dumps(told, indent=2))
  return scores


def read(folder):
  """[{name: number}] of each copy, from the evaluation.json of a run's folder."""
  told = json.loads((folder / 'evaluation.json').read_text())
  copies = told['copies'].values() if 'copies' in told else [told]
  return [{name: value for name, value in copy.items() if name != 'measured'} for copy in copies]


def summary(rows):
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


def groups(copies):
  """{what the copies share but the seed: {'mean', 'interval_95', 'seeds'}} of {name: scores}."""
  found = {}
  for name, scores in copies.items():
    found.setdefault(name.rpartition('seed ')[0].rstrip(', '), []).append(scores)
  told = {}
  for name, rows in found.items():
    means, intervals = summary(rows)
    told[name or 'all'] = {'mean': means, 'interval_95': intervals, 'seeds': len(rows)}
  return told
