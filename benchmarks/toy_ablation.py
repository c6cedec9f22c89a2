"""What networks a small GAN wants: activation x depth x width x batch normalisation, over several seeds each.

python -m benchmarks.toy_ablation [--config=configs/toy_ring.py] [--seeds=5] [--steps=5000]
"""

import itertools
import math
import tempfile
import time
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from tqdm import tqdm

from benchmarks import race, report
from gan_jax import config as configs
from gan_jax import evaluate, names, runs, train

FACTORS = {
  'activation': ('relu', 'leaky_relu', 'tanh'),
  'depth': (2, 3, 4),
  'width': (32, 128),
  'batch_norm': (False, True),
}
LINE = '{:>12} {:>6} {:>6} {:>10} {:>9} {:>9} {:>14} {:>16}'.format


def main(words):
  """Returns the exit status."""
  parser = report.parser(__doc__, 'toy_ablation')
  parser.add_argument('--config', default='configs/toy_ring.py')
  parser.add_argument('--seeds', type=race.positive(int), default=5)
  parser.add_argument('--steps', type=race.positive(int), default=5_000)
  flags = parser.parse_args(words)
  cells = [dict(zip(FACTORS, values, strict=True)) for values in itertools.product(*FACTORS.values())]
  rows = [{**cell, **measure(cell, flags)} for cell in tqdm(cells, 'benchmarks.toy_ablation', disable=None)]
  print(LINE(*FACTORS, 'us a step', 'lost', 'modes', 'in 3 sigma'))
  print('\n'.join(told(row) for row in rows))
  report.write(flags.out, 'toy_ablation', words, {'rows': rows})
  draw(flags.out.with_suffix('.png'), rows)
  return 0


def measure(cell, flags):
  """{'seconds_per_step' of a copy, 'lost': share of runs that failed, 'modes', 'quality': [one a seed]}."""
  fields = {
    'population.seeds': str(flags.seeds),
    'train.num_steps': str(flags.steps),
    'evaluate.rejection': 'False',
    'sample.every': '0',
  }
  for side in ('generator', 'discriminator'):
    fields[f'{side}.widths'] = str((cell['width'],) * cell['depth'])
    fields |= {f'{side}.{name}': str(cell[name]) for name in ('activation', 'batch_norm')}
  config = configs.load(flags.config, list(fields.items()))
  with tempfile.TemporaryDirectory() as folder:
    run = runs.Run(Path(folder) / 'run')
    begun = time.perf_counter()
    train.train(config, run, notice=lambda _: None)
    wall = time.perf_counter() - begun
    copies = evaluate.read(run.folder)
    rates = [row['examples_per_second'] for row in run.rows()][1:]
  alive = [
    copy for copy in copies if math.isfinite(copy['high_quality']) and math.isfinite(copy['energy_distance'])
  ]
  return {
    'seconds_per_step': config.train.batch_size / float(np.median(rates)) / flags.seeds,
    'seconds': wall,
    'lost': 1 - len(alive) / len(copies),
    'modes': [copy['modes_covered'] for copy in alive],
    'quality': [copy['high_quality'] for copy in alive],
  }


def told(row):
  """A row as text: means and standard deviations over seeds."""
  spread = lambda values, form: f'{np.mean(values):{form}} +- {np.std(values):{form}}' if values else '-'
  return LINE(
    *(str(row[name]) for name in FACTORS),
    f'{1e6 * row["seconds_per_step"]:.0f}',
    f'{row["lost"]:.0%}',
    spread(row['modes'], '.1f'),
    spread(row['quality'], '.1%'),
  )


def draw(file, rows):
  """For each factor the share of samples within 3 sigma, of all runs that have each of its values."""
  figure = Figure((11, 3.2), dpi=100, layout='constrained')
  for axis, (name, values) in zip(
    figure.subplots(1, len(FACTORS), sharey=True), FACTORS.items(), strict=True
  ):
    groups = [[q for row in rows if row[name] == value for q in row['quality']] for value in values]
    axis.boxplot(groups, tick_labels=[str(value) for value in values])
    axis.set(title=name.replace('_', ' '))
    axis.grid(alpha=0.3)
  figure.axes[0].set_ylabel('samples within 3 sigma of a mode')
  file.parent.mkdir(parents=True, exist_ok=True)
  figure.savefig(file)


if __name__ == '__main__':
  names.run(main, 'interrupted')
