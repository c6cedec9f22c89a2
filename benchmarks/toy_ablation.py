"""What networks a small GAN wants: activation x depth x width x batch normalisation, over several seeds each.

python -m benchmarks.toy_ablation [--config=configs/toy_ring.py] [--seeds=5] [--steps=5000]
"""

import itertools
import math
import tempfile
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from tqdm import tqdm

from benchmarks import learn, race, report
from gan_jax import command_line, configs
from gan_jax.evaluation import evaluate
from gan_jax.runs.folder import Run

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
  print('\n'.join(line(row) for row in rows))
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
    run = Run(Path(folder) / 'run')
    wall = learn.learn(config, run, notice=lambda _: None)
    copies = evaluate.read(run.folder)
    intervals = report.intervals(config, run.rows())[1:]
  alive = [
    copy for copy in copies if math.isfinite(copy['high_quality']) and math.isfinite(copy['energy_distance'])
  ]
  return {
    'seconds_per_step': float(np.median([took / steps for steps, took in intervals])) / flags.seeds,
    'seconds': wall,
    'lost': 1 - len(alive) / len(copies),
    'modes': [copy['modes_covered'] for copy in alive],
    'quality': [copy['high_quality'] for copy in alive],
  }


def line(row):
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
  """Over depth, for each width and normalisation: the share within 3 sigma, and the time of a step."""
  kinds = list(itertools.product(FACTORS['batch_norm'], FACTORS['width']))
  figure = Figure((11, 5.6), dpi=100, layout='constrained')
  for (above, below), (norm, width) in zip(
    figure.subplots(2, len(kinds), sharex=True, sharey='row', squeeze=False).T, kinds, strict=True
  ):
    for activation in FACTORS['activation']:
      cell = {'batch_norm': norm, 'width': width, 'activation': activation}
      mine = [row for row in rows if all(row[name] == value for name, value in cell.items())]
      depths, shares = [row['depth'] for row in mine], [row['quality'] or [math.nan] for row in mine]
      above.errorbar(
        depths,
        np.mean(shares, 1),
        np.std(shares, 1),
        marker='o',
        capsize=3,
        label=activation.replace('_', ' '),
      )
      below.plot(depths, [1e3 * row['seconds_per_step'] for row in mine], marker='o')
    above.set(title=f'{width} wide{", batch norm" * norm}', ylim=(-0.05, 1.05))
    below.set(xlabel='hidden layers', xticks=FACTORS['depth'])
    for axis in (above, below):
      axis.grid(alpha=0.3)
  figure.axes[0].set_ylabel('samples within 3 sigma of a mode')
  figure.axes[len(kinds)].set(ylabel='ms a step of one copy', ylim=(0, None))
  figure.axes[len(kinds) // 2].legend()
  file.parent.mkdir(parents=True, exist_ok=True)
  figure.savefig(file)


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
