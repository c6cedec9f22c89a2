"""Recipes beside the plain DCGAN of the same data, in the same time: scores, aims, pictures side by side.

python -m benchmarks.recipes [--rows=mnist,faces,...] [--workdir=DIR] [--manual_dir=DIR] [--faces=DIR]
  [--cifar10=DIR] [--seeds=N] [--steps=N]

Rows of faces learn from the folder --faces, without which they are left out; --cifar10 is a folder with
train/ and test/ in the place of the download. The runs stay in --workdir, and are gone on with there.
docs/recipes.md tells what was found.
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from benchmarks import games, race, recipe_data, report
from benchmarks.games import value
from gan_jax import command_line, data, errors
from gan_jax.evaluation import compare, evaluate
from gan_jax.runs.folder import Run
from gan_jax.training import setup

SHOWN = 32  # samples of each side in a picture
RANDOM = {
  'evaluate.network': 'random',
  'evaluate.reference': 'train',
  'evaluate.measures': ('fid', 'density_coverage'),
  'evaluate.num_images': 2_000,
}
HELD_OUT = {**RANDOM, 'evaluate.reference': 'test', 'evaluate.measures': ('fid', 'copying')}
ALONE = {'evaluate.every': 0}  # the scores that count are those of the end
FEW = {'train.num_steps': 5_500, **HELD_OUT, **ALONE}
PLAIN = {'augment.name': 'none'}
FLAGS = {
  'faces': {'help': 'a folder of face pictures of one size, 64x64 say'},
  'seeds': {'type': race.positive(int), 'help': 'of each side, in the place of those of the rows'},
}


class Side(NamedTuple):
  """A config of the two or more that a row compares."""

  config: str
  fields: Mapping = MappingProxyType({})


class Row(NamedTuple):
  """What is compared on what data; the first side is the recipe."""

  minutes: int  # on two cores, of each side
  sides: dict[str, Side]
  targets: tuple  # as in games.Row, of summary's scores
  seeds: int = 1
  data: Callable = recipe_data.of_config  # (flags, folder) -> fields of the data, None where they are missing
  score: Callable = games.nothing  # as in games.Row


def ratio(name, one, other):
  """The score of one side over that of the other, in the seed where this is largest."""
  return lambda scores: max(
    a / b for a, b in zip(scores[f'{one} {name} each'], scores[f'{other} {name} each'], strict=True)
  )


ROWS = {
  'mnist': Row(
    52,
    {'recipe': Side('r3gan_mnist', ALONE), 'dcgan': Side('dcgan_mnist', ALONE)},
    (('FID over that of DCGAN, worst seed', ratio('fid', 'recipe', 'dcgan'), 'at most', 0.2),),
    seeds=3,
  ),
  'faces': Row(
    30,
    {
      'recipe': Side('r3gan_avatars:faces', RANDOM | ALONE),
      'dcgan': Side(
        'dcgan_celeba_like', {'train.batch_size': 64, 'train.num_steps': 2_000, **RANDOM, **ALONE}
      ),
    },
    (
      ('FID over that of DCGAN', ratio('fid', 'recipe', 'dcgan'), 'at most', 0.5),
      ('coverage', value('recipe coverage'), 'at least', 0.8),
    ),
    data=recipe_data.faces,
  ),
  'avatars': Row(
    30,
    {'recipe': Side('r3gan_avatars:cpu', ALONE)},
    (('share of an attribute, farthest', value('recipe share_farthest'), 'at most', 0.05),),
    score=recipe_data.shares,
  ),
  'few': Row(
    30,
    {'recipe': Side('fastgan_avatars:cpu', FEW), 'plain': Side('fastgan_avatars:cpu', {**FEW, **PLAIN})},
    (
      ('FID over that without augmentation', ratio('fid', 'recipe', 'plain'), 'at most', 0.5),
      ('nearer to a learned face than a new one', value('recipe closer'), 'at most', 0.6),
    ),
    data=recipe_data.few_faces,
  ),
  'cifar10': Row(
    60,
    {
      'recipe': Side('r3gan_cifar10:cpu', ALONE),
      'dcgan': Side('dcgan_cifar10', ALONE),
    },
    (('FID over that of DCGAN', ratio('fid', 'recipe', 'dcgan'), 'at most', 1),),
  ),
}


def main(words):
  """Trains and scores the rows, prints their table, draws their pictures; returns the exit status."""
  flags = games.parse(words, 'recipes', __doc__, ROWS, 'rows', FLAGS)
  rows = []
  with tempfile.TemporaryDirectory() as temporary:
    folder = Path(flags.workdir or temporary)
    for name in flags.rows:
      fields = ROWS[name].data(flags, folder)
      if fields is None:
        print(f'left out: {name}, for which --faces is to be a folder')
        continue
      rows.append(measure(name, ROWS[name], fields, folder, flags))
  print(games.table(rows))
  report.write(flags.out, 'recipes', words, {'rows': rows})
  return 0


def measure(name, row, fields, folder, flags):
  """What games.measure gives, of all sides and seeds; draws recipes_NAME.png beside --out."""
  seeds, scores, minutes, pictures = flags.seeds or row.seeds, {}, [], []
  for side, (config_name, own) in row.sides.items():
    found = []
    for seed in range(seeds):
      run = Run(folder / f'{name}_{side}_{seed}')
      config, took = games.trained(run, config_name, flags, {**own, **fields, 'seed': seed})
      found.append({**evaluate.read(run.folder)[0], **row.score(run)})
      minutes.append(took)
      if not seed:
        pictures.append((f'{side}: {config_name}, {took:.0f} min', samples(run)))
    scores |= summary(side, found)
  unlike = judged_apart(folder, [f'{name}_{side}_{seed}' for side in row.sides for seed in range(seeds)])
  if unlike:
    print(f'{name}: {unlike}')
  real = data.make(config).examples(np.arange(SHOWN))['image']
  report.draw(flags.out.with_name(f'{flags.out.stem}_{name}.png'), [*pictures, ('real', np.asarray(real))])
  return {
    'game': name,
    'minutes': float(np.mean(minutes)),
    'minutes_allowed': row.minutes,
    'seeds': seeds,
    'unlike': unlike,
    'scores': {key: number for key, number in scores.items() if not isinstance(number, list)},
    'each': {key: numbers for key, numbers in scores.items() if isinstance(numbers, list)},
    'targets': games.held(row.targets, scores),
  }


def judged_apart(folder, names):
  """Why the scores of these runs cannot be held against each other, '' where they can."""
  try:
    compare.refuse_unlike([result for name in names for result in compare.read(folder / name)])
  except errors.UserError as error:
    return str(error)
  return ''


def summary(side, found):
  """{'SIDE NAME': mean over seeds, 'SIDE NAME each': [of each]} of the scores of a side."""
  every = {name: [scores[name] for scores in found] for name in found[0]}
  means = {f'{side} {name}': float(np.mean(numbers)) for name, numbers in every.items()}
  return means | {f'{side} {name} each': numbers for name, numbers in every.items()}


def samples(run):
  """SHOWN images of a run, of the averaged weights."""
  experiment, state = setup.load(run.folder)
  return experiment.sampler(state)(count=SHOWN)


if __name__ == '__main__':
  command_line.run(main, 'interrupted; the same command goes on')
