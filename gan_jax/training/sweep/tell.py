"""The words of a sweep's results: results.md, and the best config as a file that runs."""

import collections
import math
from collections.abc import Sequence

from gan_jax.configs import files
from gan_jax.runs.files import write_whole
from gan_jax.training.sweep import plan
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.plan import Base
from gan_jax.training.sweep.results import Result, Setting

MOST = 100  # rows of a table
BEST = '''"""The best of {count} settings by {score}: {value}.

    python main.py --config={file}
"""

from gan_jax import configs


def get_config():
  return configs.get({path!r}, {fields})
'''


def cells(found: Sequence[Setting], score: str) -> list[list[str]]:
  """The table of settings, heading first: fields, mean and interval, seeds, p."""
  fields = list(dict.fromkeys(field for one in found for field in one.fields))
  rows = [[*fields, score, 'seeds', 'failed', 'p']]
  for one in found[:MOST]:
    values = [plan.shown(one.fields[field]) if field in one.fields else '' for field in fields]
    p = '' if one.p is None else f'{one.p:.2g}'
    rows.append([*values, number(one.mean, one.interval), str(len(one.values)), str(one.failed or ''), p])
  return rows


def number(mean: float, interval: float | None) -> str:
  """'21.3 +- 1.2'; '-' of none."""
  if not math.isfinite(mean):
    return '-'
  return f'{mean:.4g}' if interval is None else f'{mean:.4g} +- {interval:.2g}'


def facts(folder: Folder, results: Sequence[Result], found: Sequence[Setting], lower: bool) -> list[str]:
  """What is to be known of the table, a sentence each."""
  kinds = collections.Counter(one.kind for one in results)
  missing = len(results) - kinds['done'] - kinds['failed'] - kinds['stopped']
  early = f' {kinds["stopped"]:,} stopped early,' if kinds['stopped'] else ''
  told = [
    f'{len(results):,} trials of {len(found):,} settings: {kinds["done"]:,} done, {kinds["failed"]:,} failed,'
    f'{early} {missing:,} missing. By {folder.score.replace("_", " ")}; {"lower" if lower else "higher"} is'
    ' better.'
  ]
  if any(one.interval is not None for one in found):
    told.append(
      'Mean over the seeds +- its 95 % interval (Student). p: of a t-test paired over the seeds, beside the'
      ' best setting, by Holm for as many tests. The best was chosen by these scores, so that p is too small.'
    )
  else:
    told.append('One seed a setting tells nothing of how sure the order is: sweep.seeds(3) does.')
  if any(one.missing and one.values for one in found):
    told.append('Settings without a score of each seed come after those that have all.')
  if len(found) > MOST:
    told.append(f'The {MOST} best are shown; results.csv has all.')
  return told


def failures(results: Sequence[Result]) -> list[str]:
  """'name: why' of the first trials that failed, and how many more there are."""
  failed = [f'{one.trial.name}: {one.error}' for one in results if one.kind == 'failed']
  more = [f'... {len(failed) - MOST:,} more in results.csv'] if len(failed) > MOST else []
  return failed[:MOST] + more


def markdown(title: str, told: Sequence[str], rows: Sequence[Sequence[str]], failed: Sequence[str]) -> str:
  """The text of results.md."""
  escape = lambda cell: cell.replace('|', '\\|')
  line = lambda row: f'| {" | ".join(map(escape, row))} |'
  table = [line(rows[0]), line(['---'] * len(rows[0])), *map(line, rows[1:])]
  parts = [f'# {title}', '\n'.join(told), '\n'.join(table)]
  if failed:
    parts.append('## Failed\n\n' + '\n'.join(f'- {text}' for text in failed))
  return '\n\n'.join(parts) + '\n'


def write_best(folder: Folder, base: Base, found: Sequence[Setting]) -> None:
  """Writes best.py, the config of the best setting, if any has a score."""
  best = found[0]
  if not math.isfinite(best.mean):
    return
  file, _, variant = base.path.partition(':')
  path = files.find(file)
  path = path.resolve()
  name = path.stem if path.parent == files.FOLDER.resolve() else str(path)
  given = {**dict(base.words), **{field: plan.text(value) for field, value in best.fields.items()}}
  lines = ''.join(f'    {field!r}: {value!r},\n' for field, value in given.items())
  text = BEST.format(
    count=len(found),
    score=folder.score,
    value=number(best.mean, best.interval),
    file=folder.path / 'best.py',
    path=name + (f':{variant}' if variant else ''),
    fields=f'{{\n{lines}  }}',
  )
  write_whole(folder.path / 'best.py', text)
