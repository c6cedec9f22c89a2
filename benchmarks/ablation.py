"""What helps: loss x penalty x augmentation x average of G, over several seeds each, with intervals.

python -m benchmarks.ablation [--sets=grid,mnist] [--seeds=5] [--steps=N] [--workdir=DIR] [--manual_dir=DIR]

Of the grid of 25 modes (no augmentation is for points), and of MNIST by the networks of configs/r3gan_mnist.
The seeds of a cell learn as one population. One training is scored twice, with G's average and without. The
runs stay in --workdir, and are gone on with there.
"""

import itertools
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from benchmarks import games, learn, race, report
from gan_jax import command_line, configs, data
from gan_jax.evaluation import evaluate
from gan_jax.runs.folder import Run
from gan_jax.training import finish, setup

PENALTIES = ('r1', 'r2', 'gp', 'dragan')
AVERAGES = ('averaged', 'raw')


class Set(NamedTuple):
  """What is learned, by which config, and in which ways."""

  config: str
  score: str  # the one that is told; smaller is better
  penalties: Mapping[str, Mapping[str, float]]  # {name: weights}
  augmentations: tuple[str, ...]
  fields: Mapping[str, object]


LOSSES = ('non_saturating', 'least_squares', 'hinge', 'wasserstein', 'relativistic')
SETS = {
  'grid': Set(
    'toy_grid',
    'energy_distance',
    # 0.1 as in gan_toy.py of igul222/improved_wgan_training (gp), and in configs/toy_grid.py (R1, R2)
    {
      'none': {},
      'r1': {'r1': 0.1},
      'r1 + r2': {'r1': 0.1, 'r2': 0.1},
      'gp': {'gp': 0.1},
      'dragan': {'dragan': 0.1},
    },
    ('none',),
    {'evaluate.rejection': False, 'evaluate.num_images': 2_500},
  ),
  'mnist': Set(
    'r3gan_mnist',
    'fid',
    {
      'none': {},
      'r1': {'r1': 1.0},
      'r1 + r2': {'r1': 1.0, 'r2': 1.0},
      'gp': {'gp': 10.0},
      'dragan': {'dragan': 10.0},
    },
    ('none', 'diffaugment'),
    {'train.num_steps': 2_000, 'evaluate.num_images': 2_000, 'evaluate.every': 0},
  ),
}
FACTORS = ('loss', 'penalty', 'augmentation', 'average')
LINE = '{:>16} {:>9} {:>12} {:>9} {:>22} {:>6}'.format
EFFECT = '{:>16} {:>16} {:>22} {:>22} {:>6}'.format


def main(words):
  """Trains and scores the cells, prints their tables; returns the exit status."""
  seeds = {'type': race.positive(int), 'default': 5, 'help': 'of each cell'}
  flags = games.parse(words, 'ablation', __doc__, SETS, 'sets', {'seeds': seeds})
  results = {}
  with tempfile.TemporaryDirectory() as temporary:
    for name in flags.sets:
      results[name] = ablate(name, SETS[name], Path(flags.workdir or temporary), flags)
      print(table(name, results[name]))
  report.write(flags.out, 'ablation', words, results)
  return 0


def ablate(name, chosen, folder, flags):
  """{'score', 'cells': [...], 'effects': [...]} of a set."""
  trained = list(itertools.product(LOSSES, chosen.penalties, chosen.augmentations))
  cells = []
  for loss, penalty, augmentation in tqdm(trained, f'ablation of {name}', disable=None):
    run = Run(folder / '_'.join([name, loss, *penalty.replace('+', '').split(), augmentation]))
    weights = dict.fromkeys(PENALTIES, 0.0) | dict(chosen.penalties[penalty])
    fields = {
      **chosen.fields,
      **{f'penalty.{key}': weight for key, weight in weights.items()},
      **{'loss': loss, 'augment.name': augmentation, 'population.seeds': flags.seeds, 'sample.every': 0},
    }
    for average, scores in measure(run, chosen.config, fields, flags).items():
      cell = dict(zip(FACTORS, (loss, penalty, augmentation, average), strict=True))
      each = [row.get(chosen.score, math.nan) for row in scores]
      cells.append({**cell, 'each': each, **spread(each)})
  return {'score': chosen.score, 'cells': cells, 'effects': effects(cells)}


def measure(run, config_name, fields, flags):
  """{'averaged': [{name: number} of each seed], 'raw': ...} of a population, trained if it is not yet."""
  if flags.steps:
    fields = {**fields, 'train.num_steps': flags.steps}
  if flags.manual_dir and 'manual_dir' in configs.get(config_name, {}).data:
    fields = {**fields, 'data.manual_dir': flags.manual_dir}
  quiet = lambda _: None
  config = configs.get(config_name, fields, quiet)
  alone = configs.get(config_name, {**fields, 'evaluate.num_images': 0}, quiet)  # it is scored below
  learn.learn(alone, run, quiet)
  dataset = data.make(config)
  experiment = setup.make(config, run.stored()[1])
  state = setup.restore(experiment, run)
  states = {'averaged': state, 'raw': state.replace(ema={})}
  found = {average: finish.scored(experiment, states[average], dataset, quiet) for average in AVERAGES}
  return {average: [scores.numbers for scores in some.values()] for average, some in found.items()}


def effects(cells):
  """Of each value of each factor: the spread over seeds of the geometric mean over cells, and of its ratios.

  The cells are those in which every value of the factor has learned with that seed, so that values are held
  against each other in like company; ratios are to the first value, seed by seed.
  """
  found = []
  for factor in FACTORS:
    values = list(dict.fromkeys(cell[factor] for cell in cells))
    others = lambda cell, factor=factor: tuple(cell[name] for name in FACTORS if name != factor)
    by_value = {v: {others(cell): cell['each'] for cell in cells if cell[factor] == v} for v in values}
    means = {v: [] for v in values}
    for seed in range(len(cells[0]['each'])):
      numbers = {v: {key: each[seed] for key, each in by_value[v].items()} for v in values}
      alike = [key for key in numbers[values[0]] if all(_learned(numbers[v].get(key)) for v in values)]
      for v in values:
        logs = [math.log(numbers[v][key]) for key in alike]
        means[v].append(math.exp(sum(logs) / len(logs)) if logs else math.nan)
    for v in values:
      failed = sum(not _learned(number) for each in by_value[v].values() for number in each)
      ratios = [mean / first for mean, first in zip(means[v], means[values[0]], strict=True)]
      row = {'factor': factor, 'value': v, **spread(means[v]), 'failed': failed}
      found.append({**row, 'ratio': spread(ratios)})
  return found


def _learned(number):
  return number is not None and 0 < number < math.inf


def spread(numbers):
  """{'mean', 'interval_95': half of it by Student's t, or None, 'failed': how many are not finite}."""
  found = evaluate.summary([{'it': number} for number in numbers])
  failed = sum(not math.isfinite(number) for number in numbers)
  return {'mean': found['mean']['it'], 'interval_95': found['interval_95']['it'], 'failed': failed}


def table(name, result):
  """The cells, the best first, then what each value of each factor does to the mean over the others."""
  told = lambda row: (
    f'{row["mean"]:.4g}' + (f' +- {row["interval_95"]:.2g}' if row['interval_95'] is not None else '')
  )
  lines = [f'{name}: {result["score"]}, smaller is better', LINE(*FACTORS, 'mean, 95 %', 'failed')]
  order = lambda row: row['mean'] if math.isfinite(row['mean']) else math.inf
  for cell in sorted(result['cells'], key=order):
    lines.append(LINE(*(cell[factor] for factor in FACTORS), told(cell), cell['failed']))
  lines.append(EFFECT('factor', 'value', 'geometric mean', 'times the first', 'failed'))
  lines += [
    EFFECT(row['factor'], row['value'], told(row), told(row['ratio']), row['failed'])
    for row in result['effects']
  ]
  return '\n'.join(lines)


if __name__ == '__main__':
  command_line.run(main, 'interrupted; the same command goes on')
