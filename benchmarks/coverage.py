"""The experiments of the laboratory over many seeds: modes, quality, distances, time.

python -m benchmarks.coverage [--seeds=10] [--configs=toy_ring,toy_grid] [--workdir=DIR]

Every experiment learns as a population, and once alone for its time. The runs stay in --workdir, and are gone
on with there.
"""

import tempfile
from pathlib import Path

from benchmarks import learn, race, report
from gan_jax import command_line, configs
from gan_jax.evaluation import evaluate
from gan_jax.runs.folder import Run

CONFIGS = (
  *('toy_ring', 'toy_ring_vanilla', 'toy_grid', 'toy_grid_vanilla', 'toy_1d', 'toy_1d_vanilla'),
  *('toy_quadratic', 'toy_quadratic_vanilla', 'toy_curves'),
)
COLUMNS = {  # name: (heading, format)
  'modes_covered': ('modes', '.2f'),
  'high_quality': ('in 3 sigma', '.1%'),
  'high_quality_rejection': ('rejected', '.1%'),
  'reverse_kl': ('reverse KL', '.4f'),
  'jensen_shannon': ('JSD', '.4f'),
  'jensen_shannon_floor': ('floor', '.4f'),
  'energy_distance': ('energy', '.5f'),
  'energy_distance_floor': ('floor', '.5f'),
  'd_error': ('|D - 1/2|', '.3f'),
}


def main(words):
  """Returns the exit status."""
  flags = parse(words)
  with tempfile.TemporaryDirectory() as temporary:
    folder = Path(flags.workdir or temporary)
    rows = [measure(name, flags.seeds, folder) for name in flags.configs.split(',')]
  print(table(rows))
  report.write(flags.out, 'coverage', words, {'rows': rows})
  return 0


def parse(words):
  parser = report.parser(__doc__, 'coverage')
  parser.add_argument('--seeds', type=race.positive(int), default=10)
  parser.add_argument('--configs', default=','.join(CONFIGS))
  parser.add_argument('--workdir', help='where the runs are kept; by default they are not')
  return parser.parse_args(words)


def measure(name, seeds, folder):
  """{'config', 'seconds', 'seconds_alone', 'fewest_modes', 'mean', ...} of one experiment."""
  path = report.ROOT / f'configs/{name}.py'
  one, many = [('evaluate.num_images', '0')], [('population.seeds', str(seeds))]
  alone = learn.learn(configs.load(path, one), Run(folder / f'{name}_alone'))
  seconds = learn.learn(configs.load(path, many), Run(folder / name))
  copies = evaluate.read(folder / name)
  found = evaluate.summary(copies)
  means, intervals = found['mean'], found['interval_95']
  known = [value for value in COLUMNS if value in means]
  return {
    'config': name,
    'seconds': seconds,
    'seconds_alone': alone,
    'fewest_modes': min(copy.get('modes_covered', 0) for copy in copies),
    'mean': {value: means[value] for value in known},
    'interval_95': {value: intervals[value] for value in known},
    'smallest': {value: min(copy[value] for copy in copies) for value in known},
    'largest': {value: max(copy[value] for copy in copies) for value in known},
  }


def table(rows):
  """The means as text, with 95 % intervals below them."""
  headings = ['config', *(heading for heading, _ in COLUMNS.values()), 'fewest', 's', 's alone']
  line = ('{:24}' + '{:>11}' * (len(headings) - 1)).format
  lines = [line(*headings)]
  for row in rows:
    means, intervals = (
      [
        f'{row[part][name]:{form}}' if row[part].get(name) is not None else '-'
        for name, (_, form) in COLUMNS.items()
      ]
      for part in ('mean', 'interval_95')
    )
    times = f'{row["seconds"]:.0f}', f'{row["seconds_alone"]:.0f}'
    lines.append(line(row['config'], *means, f'{row["fewest_modes"]:.0f}', *times))
    lines.append(line('  +-', *intervals, '', '', ''))
  return '\n'.join(lines)


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
