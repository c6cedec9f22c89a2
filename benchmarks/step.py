"""A training step, and sampling: the speed of this code beside the same networks in PyTorch eager.

python -m benchmarks.step [--against=torch] [--works=dcgan28,mlp] [--rounds=5] [--seconds=3]

Both sides take turns in one process. Compilation and warming up are not counted.
"""

import jax
from tqdm import tqdm

from benchmarks import ours, race, report, works
from gan_jax import command_line, errors
from gan_jax.devices import host_memory

IMAGES = 10_000  # in a unit of sampling
SAMPLING = {'sample28': 'dcgan28', 'sample64': 'dcgan64'}  # by the generators of these works
LINE = '{:12} {:>8} {:>9} {:>9} {:>11} {:>11} {:>6}'.format


def main(words):
  """Returns the exit status."""
  flags = parse(words)
  host_memory.keep_freed()  # for both sides, before either has threads
  rate = ours.matmul_rate()
  rows = []
  for name in tqdm(flags.works, 'benchmarks.step', disable=None):
    measure = sampling_row if name in SAMPLING else train_row
    rows.append({'work': name, **measure(name, rate, flags)})
    tqdm.write(line(rows[-1]))
    jax.clear_caches()
  print('\n'.join([LINE(*HEADER), *map(line, rows), f'matrix products: {rate / 1e9:.0f} GFLOP/s']))
  report.write(flags.out, 'step', words, {'matmul_flops_per_second': rate, 'rows': rows})
  return 0


def parse(words):
  parser = report.parser(__doc__, 'step')
  known = (*works.WORKS, *SAMPLING)
  report.add_against(parser)
  parser.add_argument('--works', default=','.join(known), help=f'some of {", ".join(known)}')
  race.add_flags(parser, rounds=5, seconds=3.0)
  flags = parser.parse_args(words)
  flags.works = report.some(flags.works, 'work', known)
  return flags


def train_row(name, rate, flags):
  """What a training step costs: see `facts`."""
  work = works.WORKS[name]
  config, dataset = works.load(work)
  train, cost = ours.train(config, dataset)
  sides = {'gan_jax': train}
  if flags.against:
    sides['PyTorch'] = theirs().train(config, dataset, work.threads)
  times = race.race(sides, flags.rounds, flags.seconds)
  return facts(config.train.batch_size, cost, rate, times)


def sampling_row(name, rate, flags):
  """What making IMAGES samples costs: see `facts`."""
  config, dataset = works.load(works.WORKS[SAMPLING[name]])
  sides = {'gan_jax': ours.sampling(config, dataset, IMAGES)}
  if flags.against:
    sides['PyTorch'] = theirs().sampling(config, dataset, IMAGES)
  times = race.race(sides, flags.rounds, flags.seconds)
  return facts(IMAGES, ours.sampling_cost(config, dataset, IMAGES), rate, times)


def theirs():
  """PyTorch's side. Raises UserError where PyTorch is not installed."""
  try:
    from benchmarks import theirs
  except ModuleNotFoundError as error:
    raise errors.UserError(f'{error}; pip install -r requirements-bench.txt') from error
  return theirs


def facts(examples, cost, rate, times):
  """{examples of a unit, its operations, the seconds these take at least, each side's seconds, the ratio}."""
  seconds = {label: race.summary(taken) for label, taken in times.items()}
  found = {'examples': examples, 'operations': cost, 'floor_seconds': cost / rate, 'seconds': seconds}
  if len(seconds) == 2:
    ours, other = (taken['median'] for taken in seconds.values())
    found['ratio'] = other / ours
  return found


HEADER = 'work', 'examples', 'GFLOP', 'floor ms', 'gan_jax ms', 'PyTorch ms', 'ratio'


def line(row):
  """A row as text."""
  medians = [row['seconds'].get(label, {}).get('median') for label in ('gan_jax', 'PyTorch')]
  numbers = [row['floor_seconds'], *medians]
  ratio = f'{row["ratio"]:.2f}' if 'ratio' in row else '-'
  milliseconds = [f'{1e3 * number:.3f}' if number else '-' for number in numbers]
  return LINE(row['work'], row['examples'], f'{row["operations"] / 1e9:.3f}', *milliseconds, ratio)


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
