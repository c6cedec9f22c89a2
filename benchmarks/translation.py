"""The games from image to image on drawn faces, whose truth is known: what each reaches, beside baselines.

python -m benchmarks.translation [--games=pix2pix,cyclegan] [--workdir=DIR] [--steps=N]

Networks are narrow, for a CPU; each game has the time of its row. Scores are of faces that it has not seen.
The runs stay in --workdir, and are gone on with there.
"""

import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks import learn, race, report, translation_scores
from gan_jax import configs, errors
from gan_jax.evaluation import evaluate
from gan_jax.runs import folder as runs


class Row(NamedTuple):
  """A game: the minutes it may take on two cores, and the fields that make it small enough for that."""

  minutes: int
  fields: tuple
  score: callable  # of translation_scores: (run) -> {name: number}
  targets: tuple  # (what, function of the scores -> number, 'at least' or 'at most', bound)


ratio = lambda name, other: lambda told: told[name] / told[other]
difference = lambda name, other: lambda told: told[name] - told[other]
value = lambda name: lambda told: told[name]
best = lambda told: told['l1'] / min(told['l1_identity'], told['l1_mean'])

# A U-Net that adds to its input: what learned soonest where most of a face stays as it is.
ADDING = (
  *('generator.widest=96', 'generator.dropout=0.0', 'generator.residual=True'),
  *('generator.norm=none', 'generator.initializer=he_normal'),
)

GAMES = {
  'pix2pix': Row(
    20,
    (
      *(*ADDING, 'generator.width=96', 'discriminator.width=16'),
      *('g_optimizer.learning_rate=2e-3', 'g_optimizer.b2=0.99', 'g_optimizer.schedule=cosine'),
      *('g_optimizer.warmup_steps=100', 'd_optimizer.schedule=cosine', 'gan.l1=3000.0'),
      *('data.num_images=64000', 'train.batch_size=4', 'train.num_steps=15000'),
    ),
    translation_scores.paired,
    (
      ('SSIM', value('ssim'), 'at least', 0.85),
      ("L1 / the best baseline's", best, 'at most', 1 / 3),
    ),
  ),
  'cyclegan': Row(
    30,
    (
      *('generator.width=24', 'generator.blocks=3', 'discriminator.width=32'),
      *('g_optimizer.learning_rate=4e-4', 'd_optimizer.learning_rate=4e-4'),
      *('train.batch_size=2', 'train.num_steps=5000'),
    ),
    translation_scores.paired,
    (
      ("L1 / identity's", ratio('l1', 'l1_identity'), 'at most', 0.5),
      ('cycle L1, A', value('l1_cycle_a'), 'at most', 0.08),
      ('cycle L1, B', value('l1_cycle_b'), 'at most', 0.08),
    ),
  ),
  'stargan': Row(
    30,
    (
      *('generator.name=unet', *ADDING, 'generator.width=64'),
      *('discriminator.width=32', 'discriminator.initializer=he_normal'),
      *('loss=non_saturating', 'penalty.gp=0', 'penalty.r1=0.03', 'gan.penalized=1', 'train.d_steps=1'),
      *('g_optimizer.learning_rate=5e-4', 'd_optimizer.learning_rate=5e-4'),
      *('train.batch_size=8', 'train.num_steps=5600'),
    ),
    translation_scores.attributes,
    (
      ('the judge on real faces', value('judge_accuracy'), 'at least', 0.99),
      ('wanted attributes read', value('wanted_read'), 'at least', 0.9),
      ('others unchanged', value('others_unchanged'), 'at least', 0.9),
    ),
  ),
  'inpainting': Row(
    15,
    (
      *('generator.width=48', 'generator.widest=192', 'discriminator.width=16'),
      *('g_optimizer.learning_rate=1e-3', 'g_optimizer.schedule=cosine', 'train.num_steps=3000'),
    ),
    translation_scores.paired,
    (
      ('PSNR in the hole - of the mean', difference('psnr_hole', 'psnr_hole_mean'), 'at least', 4),
      ('known pixels that differ', value('known_pixels_changed'), 'at most', 0),
    ),
  ),
  'super_resolution': Row(
    15,
    (
      *('generator.width=32', 'generator.blocks=6', 'generator.residual=True', 'discriminator.width=16'),
      *('g_optimizer.learning_rate=4e-4', 'g_optimizer.schedule=cosine', 'train.num_steps=3400'),
    ),
    translation_scores.paired,
    (('PSNR - bicubic', difference('psnr', 'psnr_bicubic'), 'at least', 1.5),),
  ),
  'style_transfer': Row(
    15,
    ('train.num_steps=3000',),
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
  parser.add_argument('--steps', type=race.positive(int), help='instead of those of the rows')
  flags = parser.parse_args(words)
  flags.games = flags.games.split(',')
  for name in flags.games:
    if name not in GAMES:
      raise errors.unknown('game', name, GAMES)
  return flags


def measure(name, folder, steps=None):
  """{'game', 'minutes', 'steps', 'scores', 'targets'} of a game that is trained first, if it is not yet."""
  row, run = GAMES[name], runs.Run(folder / name)
  fields = [tuple(field.split('=', 1)) for field in row.fields]
  fields += [('train.num_steps', str(steps))] if steps else []
  config = configs.load(report.ROOT / f'configs/{name}.py', fields)
  learn.learn(config, run)
  told = {**evaluate.read(run.folder)[0], **row.score(run)}
  seconds = sum(
    config.log.every * config.train.batch_size / line['examples_per_second'] for line in run.rows()
  )
  targets = [
    {'what': what, 'reached': float(reached(told)), 'bound': f'{sense} {bound:.3g}', 'met': met}
    for what, reached, sense, bound in row.targets
    for met in [bool(reached(told) >= bound if sense == 'at least' else reached(told) <= bound)]
  ]
  return {
    'game': name,
    'minutes': seconds / 60,
    'minutes_allowed': row.minutes,
    'steps': config.train.num_steps,
    'scores': told,
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
  errors.run(main, 'interrupted')
