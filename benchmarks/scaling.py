"""How the cost of a step grows with the batch, the pixels and the size of the set: seconds and bytes.

python -m benchmarks.scaling [--config=configs/dcgan_cifar10.py] [--rounds=3] [--seconds=1]

Memory is what the compiled step asks for: its arguments, results and scratch.
"""

import jax
import numpy as np
from tqdm import tqdm

from benchmarks import ours, race, report, works
from gan_jax import command_line, configs
from gan_jax.devices import compilation, host_memory
from gan_jax.training import setup

BATCH, SIDE, SIZE = 32, 32, 4096
SERIES = {
  'batch': [(batch, SIDE, SIZE) for batch in (8, 16, 32, 64, 128)],
  'pixels': [(BATCH, side, SIZE) for side in (16, 32, 48, 64, 96)],
  'images': [(BATCH, SIDE, size) for size in (1_024, 4_096, 16_384, 65_536)],
}
LINE = '{:8} {:>8} {:>10} {:>12} {:>12} {:>14}'.format


def main(words):
  """Returns the exit status."""
  flags = parse(words)
  host_memory.keep_freed()
  cells = [(series, cell) for series, grown in SERIES.items() for cell in grown]
  rows = [row(*cell, flags) for cell in tqdm(cells, 'benchmarks.scaling', disable=None)]
  print('\n'.join([LINE('series', 'batch', 'side', 'images', 'ms', 'MiB'), *map(line, rows)]))
  report.write(flags.out, 'scaling', words, {'rows': rows})
  plot(flags.out.with_suffix('.png'), rows)
  return 0


def parse(words):
  parser = report.parser(__doc__, 'scaling')
  parser.add_argument('--config', default='configs/dcgan_cifar10.py')
  race.add_flags(parser, rounds=3, seconds=1.0)
  return parser.parse_args(words)


def row(series, cell, flags):
  """What one cell of a series costs."""
  batch, side, size = cell
  fields = [('train.batch_size', str(batch)), ('data.size', f'({side},{side})')]
  config = configs.load(flags.config, fields)
  dataset = works.dataset(config, size)
  train, cost = ours.train(config, dataset)
  times = race.race({'gan_jax': train}, flags.rounds, flags.seconds)['gan_jax']
  experiment = setup.make(config, dataset.spec())
  dispatched = compilation.make(experiment.train_step(), 1, options=compilation.compiler_options(cost))
  asked = dispatched.lower(jax.eval_shape(experiment.init, 0), dataset).compile().memory_analysis()
  total = asked.argument_size_in_bytes + asked.temp_size_in_bytes + asked.output_size_in_bytes
  facts = {'series': series, 'batch': batch, 'side': side, 'images': size}
  jax.clear_caches()
  return {**facts, 'seconds': race.summary(times)['median'], 'bytes': total - asked.alias_size_in_bytes}


def line(row):
  """A row as text."""
  numbers = f'{1e3 * row["seconds"]:.1f}', f'{row["bytes"] / 2**20:.0f}'
  return LINE(row['series'], row['batch'], row['side'], row['images'], *numbers)


def plot(file, rows):
  """Seconds and bytes over what grows, both axes logarithmic, beside straight proportion."""
  import matplotlib

  matplotlib.use('agg')
  from matplotlib import pyplot as plt

  figure, axes = plt.subplots(2, len(SERIES), figsize=(10, 5.5), layout='constrained', squeeze=False)
  for column, series in enumerate(SERIES):
    some = [row for row in rows if row['series'] == series]
    grown = np.array([row['side'] ** 2 if series == 'pixels' else row[series] for row in some])
    for axis, name, unit in zip(axes[:, column], ('seconds', 'bytes'), (1e3, 2**-20), strict=True):
      values = unit * np.array([row[name] for row in some])
      axis.loglog(grown, values, 'o-', base=2)
      axis.loglog(grown, values[-1] * grown / grown[-1], ':', color='grey', base=2)
      axis.set_xlabel(
        {'batch': 'images in a batch', 'pixels': 'pixels', 'images': 'images in the set'}[series]
      )
      axis.set_ylabel({'seconds': 'ms a step', 'bytes': 'MiB'}[name])
      axis.grid(alpha=0.3)
  file.parent.mkdir(parents=True, exist_ok=True)
  figure.savefig(file, dpi=100)
  plt.close(figure)


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
