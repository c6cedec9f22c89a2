"""What a save costs: steps with a save in each turn and without, its digests and the disk's writes included.

python -m benchmarks.saving [--works=dcgan28,dcgan64] [--rounds=9] [--seconds=4]

A save copies the state to the host, and then writes it beside the steps that follow. Told is what a turn with
one takes more, on the clock, and what part of a minute that is.
"""

import statistics
import tempfile
from pathlib import Path

import jax
from tqdm import tqdm

from benchmarks import ours, race, report, works
from gan_jax import command_line
from gan_jax.devices import host_memory
from gan_jax.runs.checkpoints import Checkpoints

LINE = '{:10} {:>7} {:>9} {:>9} {:>9} {:>12}'.format
HEADER = 'work', 'MiB', 'ms a step', 'a save, s', 'spread', 'of a minute'


def main(words):
  """Returns the exit status."""
  parser = report.parser(__doc__, 'saving')
  parser.add_argument('--works', default='dcgan28,dcgan64', help=f'some of {", ".join(works.WORKS)}')
  race.add_flags(parser, rounds=9, seconds=4.0)
  flags = parser.parse_args(words)
  host_memory.keep_freed()
  names = report.some(flags.works, 'work', works.WORKS)
  rows = [measure(name, flags) for name in tqdm(names, 'benchmarks.saving', disable=None)]
  print('\n'.join([LINE(*HEADER), *map(line, rows)]))
  report.write(flags.out, 'saving', words, {'rows': rows})
  return 0


def measure(name, flags):
  """The row of a work."""
  training = ours.Training(*works.load(works.WORKS[name]))
  training.compile()
  with tempfile.TemporaryDirectory() as folder, Checkpoints(Path(folder) / 'checkpoints', keep=2) as saved:

    def saving(count):
      saved.save(training.state)
      made = training(count)
      saved.wait()
      return made

    count = race.units_in(flags.seconds, training)
    steps, more = [], []
    for _ in range(flags.rounds):
      steps.append(race.timed(training, count))
      more.append(count * (race.timed(saving, count) - steps[-1]))
  size = sum(array.nbytes for array in jax.tree.leaves(training.state))
  held = statistics.median(more)
  quarters = statistics.quantiles(more, n=4)
  return {
    **{'work': name, 'bytes': size, 'seconds': statistics.median(steps), 'held': held},
    **{'spread': quarters[2] - quarters[0], 'of_a_minute': held / 60},
  }


def line(row):
  """A row as text."""
  numbers = f'{row["bytes"] / 2**20:,.1f}', f'{1e3 * row["seconds"]:.1f}', f'{row["held"]:.3f}'
  return LINE(row['work'], *numbers, f'{row["spread"]:.3f}', f'{row["of_a_minute"]:.2%}')


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
