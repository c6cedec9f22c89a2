"""Scores of several runs in one table: of those that were measured alike, and no others."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gan_jax import errors
from gan_jax.data.decoding import regular
from gan_jax.evaluation import evaluate, protocol, tables
from gan_jax.runs import differences
from gan_jax.runs import folder as runs

MATTERS = ('train.num_steps',)  # among the fields that may change when a run is resumed


class Result(NamedTuple):
  """The scores of one run, or of one copy of a population."""

  fields: dict[str, Any]  # {config field: value} of what decides what is learned, but the seed; {} of sets
  copy: str  # the setting of a copy, '' of a run alone
  seed: int
  numbers: dict[str, float]
  intervals: Mapping[str, Sequence[float]]  # of 95 %
  protocol: dict[str, Any]
  file: Path


def read(path: str | Path) -> list[Result]:
  """The Results in a run's folder, or in a file of scores, of anybody's images too. Raises UserError."""
  file = Path(path) / 'evaluation.json' if Path(path).is_dir() else Path(path)
  try:
    record = json.loads(regular.text(file))
    measured = record.get('protocol', {})
  except (OSError, ValueError, AttributeError, RecursionError) as error:
    raise errors.UserError(
      f'{path} has no scores ({error}): --workdir=RUN --mode=evaluate makes them'
    ) from None
  found, sure = evaluate.numbers(record), record.get('intervals_95', {})
  if 'generated' in record:
    return [Result({}, record['generated'], 0, *found.values(), sure, measured, file)]
  values = differences.flat(runs.Run(file.parent).stored()[0])
  seed = values.pop('seed')
  fields = {name: value for name, value in values.items() if name in MATTERS or not runs.is_free(name)}
  if 'copies' not in record:
    return [Result(fields, '', seed, *found.values(), sure, measured, file)]
  named = [(*setting_and_seed(name), name) for name in found]
  return [Result(fields, one, k, found[name], sure.get(name, {}), measured, file) for one, k, name in named]


def setting_and_seed(name: str) -> tuple[str, int]:
  """('g lr 1e-3', 0) of a copy's name 'g lr 1e-3, seed 0'."""
  setting, _, seed = name.rpartition('seed ')
  return setting.removesuffix(', '), int(seed)


def table(paths: Sequence[str | Path]) -> str:
  """A row a setting: the mean over its runs, which differ by seed, and their spread; the best has a star.

  Under it the settings are paired over their seeds. Raises UserError for runs that were not measured alike.
  """
  results = [result for path in paths for result in read(path)]
  refuse_unlike(results)
  names = settings(results)
  groups = {}
  for name, result in zip(names, results, strict=True):
    groups.setdefault(name, []).append(result)
  found = {name: summary(some) for name, some in groups.items()}
  shown = tables.shown(next(iter(found.values()))['mean'])
  return '\n'.join([tables.table(found, shown), *paired(groups, shown)])


def refuse_unlike(results: Sequence[Result]) -> None:
  """Raises UserError if the protocols of some differ, or are not known."""
  first, *others = results
  for result in results:
    if not result.protocol:
      raise errors.UserError(
        f'{result.file} does not say how it was measured: --mode=evaluate scores it anew'
      )
  for other in others:
    if differ := protocol.differences(first.protocol, other.protocol):
      raise errors.UserError(
        f'{first.file} and {other.file} were not measured alike ({"; ".join(differ)}): they are not ranked;'
        ' --mode=evaluate measures each by one protocol'
      )


def settings(results: Sequence[Result]) -> list[str]:
  """What each is called: the fields in which some differ; its folder beside images that no run made."""
  if not all(one.fields for one in results):
    parts = [[str(one.file.parent)] * bool(one.fields) + [one.copy] for one in results]
    return [', '.join(filter(None, some)) for some in parts]
  fields = sorted({field for result in results for field in result.fields})
  differ = [field for field in fields if len({repr(one.fields.get(field)) for one in results}) > 1]
  names = []
  for one in results:
    parts = [f'{field}={one.fields.get(field, "absent")}' for field in differ]
    names.append(', '.join([*parts, *filter(None, [one.copy])]) or 'all')
  return names


def summary(results: Sequence[Result]) -> dict[str, Any]:
  """What evaluate.summary says of them; the spread of a single one is half of its interval."""
  found = evaluate.summary([result.numbers for result in results])
  if len(results) == 1:
    found['spread'] = {name: (high - low) / 2 for name, (low, high) in results[0].intervals.items()}
  return found


def paired(groups: Mapping[str, Sequence[Result]], shown: Sequence[str]) -> list[str]:
  """A line for each setting after the first: the mean difference over the seeds that both have."""
  (first, before), *others = groups.items()
  lines = []
  for name, results in others:
    numbers = [{one.seed: one.numbers for one in some} for some in (before, results)]
    seeds = sorted(set(numbers[0]) & set(numbers[1]))
    if len(seeds) > 1:
      differences = [{score: numbers[1][k][score] - numbers[0][k][score] for score in shown} for k in seeds]
      of_all = evaluate.summary(differences)
      told = [
        f'{score.replace("_", " ")} {of_all["mean"][score]:+.3g} +- {of_all["interval_95"][score]:.2g}'
        for score in shown
        if np.isfinite(of_all['mean'].get(score, np.nan))
      ]
      head = f'{name} minus {first}, paired over {len(seeds)} seeds (+- 95 % interval)'
      lines.append(f'{head}: {", ".join(told)}')
  return lines
