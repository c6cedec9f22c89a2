"""Games that are trained, scored and held to targets: what several benchmarks share."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import learn, race, report
from gan_jax import configs
from gan_jax.evaluation import evaluate
from gan_jax.runs.folder import Run


class Row(NamedTuple):
  """A game: the minutes it may take on two cores, its scores, and what these are to reach."""

  minutes: int
  score: Callable  # of a benchmark: (run) -> {name: number}, besides the run's own
  targets: tuple  # (what, function of the scores -> number, 'at least' or 'at most', bound)
  config: str = ''  # '' is that of the game's name for a CPU, NAME:cpu
  before: tuple = ()  # (field, config)s of what is trained first: the field then names its run


def nothing(run):
  """No scores besides the run's own."""
  return {}


ratio = lambda name, other: lambda scores: scores[name] / scores[other]
difference = lambda name, other: lambda scores: scores[name] - scores[other]
value = lambda name: lambda scores: scores[name]
least = lambda start: (
  lambda scores: min(
    number for name, number in scores.items() if name.startswith(start) and not name.endswith('_real')
  )
)

LINE = '{:18} {:36} {:>9} {:>9} {:>7} {:>5} {:>8}'.format


def main(words, name, description, games, draw=None):
  """Trains and scores games {name: Row}, prints their table; returns the exit status.

  `draw` is called with the name of a picture beside --out and the rows, as measure makes them.
  """
  flags = parse(words, name, description, games)
  with tempfile.TemporaryDirectory() as temporary:
    folder = Path(flags.workdir or temporary)
    rows = [measure(game, games[game], folder, flags) for game in flags.games]
  print(table(rows))
  report.write(flags.out, name, words, {'rows': rows})
  if draw:
    draw(flags.out.with_suffix('.png'), rows)
  return 0


def parse(words, name, description, known, flag='games', more=None):
  """The flags, of which --games, or `flag`, chooses some of `known`. Raises UserError for others.

  `more` are other flags, {name: what argparse is told of it}.
  """
  parser = report.parser(description, name)
  parser.add_argument(f'--{flag}', default=','.join(known))
  parser.add_argument('--workdir', help='where the runs are kept; by default they are not')
  parser.add_argument('--steps', type=race.positive(int), help='instead of those of the configs')
  parser.add_argument('--manual_dir', help='a folder with the published files of data sets that need them')
  parser.add_argument('--cifar10', help='a folder of its images, train/CLASS/ and test/CLASS/')
  for other, told in (more or {}).items():
    parser.add_argument(f'--{other}', **told)
  flags = parser.parse_args(words)
  setattr(flags, flag, report.some(getattr(flags, flag), flag.removesuffix('s'), known))
  return flags


def trained(run, name, flags, fields):
  """(config, minutes) of a run of the config `name` with other fields, trained first if it is not yet."""
  if flags.steps:
    fields = {**fields, 'train.num_steps': flags.steps}
  config = configs.get(name, {**fields, **published(configs.get(name, {}).data, flags)})
  learn.learn(config, run)
  return config, report.seconds(config, run.rows()) / 60


def published(data, flags):
  """The fields by which config.data is read from --cifar10 or --manual_dir, where these are given."""
  if flags.cifar10 and data.get('tfds_name') == 'cifar10':
    return {'data.name': 'folder', 'data.path': flags.cifar10}
  return {'data.manual_dir': flags.manual_dir} if flags.manual_dir and 'manual_dir' in data else {}


def measure(name, row, folder, flags):
  """{'game', 'minutes', 'steps', 'scores', 'over_time', 'targets'} of a game, trained first."""
  run, fields, minutes = Run(folder / name), {}, 0
  for field, other in row.before:
    first = Run(folder / other.partition(':')[0])
    minutes += trained(first, other, flags, {})[1]
    fields[field] = str(first.folder)
  config, own = trained(run, row.config or f'{name}:cpu', flags, fields)
  scores = {**evaluate.read(run.folder)[0], **row.score(run)}
  return {
    'game': name,
    'minutes': minutes + own,
    'minutes_allowed': row.minutes,
    'steps': config.train.num_steps,
    'scores': scores,
    'over_time': over_time(config, run),
    'targets': held(row.targets, scores),
  }


def over_time(config, run):
  """[{'step', 'minutes', score: number}] of the scores that were taken while a run learned."""
  scores = run.scores()
  if not scores:
    return []
  counts, seconds = np.array(report.intervals(config, run.rows())).T
  minutes = np.interp([row['step'] for row in scores], counts.cumsum(), seconds.cumsum() / 60)
  return [{**row, 'minutes': float(each)} for row, each in zip(scores, minutes, strict=True)]


def held(targets, scores):
  """[{'what', 'reached', 'bound', 'met'}] of a row's targets, by its scores."""
  return [
    {'what': what, 'reached': float(reached(scores)), 'bound': f'{sense} {bound:.3g}', 'met': met}
    for what, reached, sense, bound in targets
    for met in [bool(reached(scores) >= bound if sense == 'at least' else reached(scores) <= bound)]
  ]


def table(rows):
  """The targets as text, and below each game all of its scores."""
  lines = [LINE('game', 'what', 'reached', 'bound', '', 'met', 'minutes')]
  for row in rows:
    for target in row['targets']:
      sense, _, bound = target['bound'].rpartition(' ')
      met, minutes = 'yes' if target['met'] else 'NO', f'{row["minutes"]:.1f}'
      lines.append(LINE(row['game'], target['what'], f'{target["reached"]:.3f}', sense, bound, met, minutes))
    lines.append('  ' + ', '.join(f'{name} {score:.4g}' for name, score in row['scores'].items()))
  return '\n'.join(lines)
