"""The games from image to image on drawn faces, whose truth is known: what each reaches, beside baselines.

python -m benchmarks.translation [--games=pix2pix,cyclegan] [--workdir=DIR] [--steps=N]

Each game is its config for a CPU, configs/NAME.py:cpu, and has the time of its row. Scores are of faces that
it has not seen. The runs stay in --workdir, and are gone on with there.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks import learn, race, report, translation_scores
from gan_jax import command_line, configs, errors
from gan_jax.evaluation import evaluate
from gan_jax.runs.folder import Run


class Row(NamedTuple):
  """A game: the minutes it may take on two cores, its scores, and what these are to reach."""

  minutes: int
  score: Callable  # of translation_scores: (run) -> {name: number}
  targets: tuple  # (what, function of the scores -> number, 'at least' or 'at most', bound)


ratio = lambda name, other: lambda scores: scores[name] / scores[other]
difference = lambda name, other: lambda scores: scores[name] - scores[other]
value = lambda name: lambda scores: scores[name]
best = lambda scores: scores['l1'] / min(scores['l1_identity'], scores['l1_mean'])

GAMES = {
  'pix2pix': Row(
    20,
    translation_scores.paired,
    (
      ('SSIM', value('ssim'), 'at least', 0.85),
      ("L1 / the best baseline's", best, 'at most', 1 / 3),
    ),
  ),
  'cyclegan': Row(
    30,
    translation_scores.paired,
    (
      ("L1 / identity's", ratio('l1', 'l1_identity'), 'at most', 0.5),
      ('cycle L1, A', value('l1_cycle_a'), 'at most', 0.08),
      ('cycle L1, B', value('l1_cycle_b'), 'at most', 0.08),
    ),
  ),
  'stargan': Row(
    30,
    translation_scores.attributes,
    (
      ('the judge on real faces', value('judge_accuracy'), 'at least', 0.99),
      ('wanted attributes read', value('wanted_read'), 'at least', 0.9),
      ('others unchanged', value('others_unchanged'), 'at least', 0.9),
    ),
  ),
  'inpainting': Row(
    15,
    translation_scores.paired,
    (
      ('PSNR in the hole - of the mean', difference('psnr_hole', 'psnr_hole_mean'), 'at least', 4),
      ('known pixels that differ', value('known_pixels_changed'), 'at most', 0),
    ),
  ),
  'super_resolution': Row(
    15,
    translation_scores.paired,
    (('PSNR - bicubic', difference('psnr', 'psnr_bicubic'), 'at least', 1.5),),
  ),
  'style_transfer': Row(
    15,
    translation_scores.style,
    (
      (
        "distance to the style / contents'",
        ratio('style_distance', 'style_distance_content'),
        'at most',
        0.5,
      ),
      ('edge correlation', value('edge_correlation'), 'at least', 0.5),
    ),
  ),
}
LINE = '{:18} {:34} {:>9} {:>9} {:>7} {:>5} {:>8}'.format


def main(words):
  """Returns the exit status."""
  flags = parse(words)
  with tempfile.TemporaryDirectory() as temporary:
    folder = Path(flags.workdir or temporary)
    rows = [measure(name, folder, flags.steps) for name in flags.games]
  print(table(rows))
  report.write(flags.out, 'translation', words, {'rows': rows})
  return 0


def parse(words):
  parser = report.parser(__doc__, 'translation')
  parser.add_argument('--games', default=','.join(GAMES))
  parser.add_argument('--workdir', help='where the runs are kept; by default they are not')
  parser.add_argument('--steps', type=race.positive(int), help='instead of those of the configs')
  flags = parser.parse_args(words)
  flags.games = flags.games.split(',')
  for name in flags.games:
    if name not in GAMES:
      raise errors.unknown('game', name, GAMES)
  return flags


def measure(name, folder, steps=None):
  """{'game', 'minutes', 'steps', 'scores', 'targets'} of a game that is trained first, if it is not yet."""
  row, run = GAMES[name], Run(folder / name)
  config = configs.get(f'{name}:cpu', {'train.num_steps': steps} if steps else {})
  learn.learn(config, run)
  scores = {**evaluate.read(run.folder)[0], **row.score(run)}
  seconds = sum(seconds for _, seconds in report.intervals(config, run))
  targets = [
    {'what': what, 'reached': float(reached(scores)), 'bound': f'{sense} {bound:.3g}', 'met': met}
    for what, reached, sense, bound in row.targets
    for met in [bool(reached(scores) >= bound if sense == 'at least' else reached(scores) <= bound)]
  ]
  return {
    'game': name,
    'minutes': seconds / 60,
    'minutes_allowed': row.minutes,
    'steps': config.train.num_steps,
    'scores': scores,
    'targets': targets,
  }


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


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
