"""What it costs that a step tells of the game's health: steps with training/diagnostics.py and without it.

python -m benchmarks.watching [--works=dcgan28,dcgan64,mlp] [--rounds=5] [--seconds=3]

'rows' is a run with log.every=100, as it is by default; 'each step' has a row of each. Bytes and operations
are those of the compiled program, by XLA; of what is computed for rows alone both count as if it always was.
"""

import contextlib
from unittest import mock

import jax
from tqdm import tqdm

from benchmarks import ours, race, report, works
from gan_jax import command_line
from gan_jax.devices import host_memory
from gan_jax.gans.parts import adversarial_loss
from gan_jax.training import diagnostics

LINE = '{:10} {:10} {:>9} {:>9} {:>9} {:>9} {:>9}'.format
HEADER = 'work', 'told', 'ms', 'least ms', 'over', 'MFLOP', 'MiB'


def main(words):
  """Returns the exit status."""
  parser = report.parser(__doc__, 'watching')
  parser.add_argument('--works', default='dcgan28,dcgan64,mlp', help=f'some of {", ".join(works.WORKS)}')
  race.add_flags(parser, rounds=5, seconds=3.0)
  flags = parser.parse_args(words)
  host_memory.keep_freed()
  rows = []
  for name in tqdm(report.some(flags.works, 'work', works.WORKS), 'benchmarks.watching', disable=None):
    rows += measure(name, flags)
    jax.clear_caches()
  print('\n'.join([LINE(*HEADER), *map(line, rows)]))
  report.write(flags.out, 'watching', words, {'rows': rows})
  return 0


def measure(name, flags):
  """A row for each way to make the steps of a work."""
  sides, asked = {}, {}
  for label, (context, fields) in ways().items():
    work = works.WORKS[name]._replace(fields=(*works.WORKS[name].fields, *fields))
    with context:
      sides[label] = ours.Training(*works.load(work), label != 'nothing')
      sides[label].compile()
    asked[label] = sides[label].asked()
  raced = race.race(sides, flags.rounds, flags.seconds)
  times = {label: race.summary(taken) for label, taken in raced.items()}
  least = times['nothing']['min']
  return [
    {'work': name, 'told': label, **asked[label], 'seconds': taken, 'over': taken['min'] / least - 1}
    for label, taken in times.items()
  ]


def ways():
  """{label: (the context in which its steps are traced, fields of the config)}."""
  plain = contextlib.nullcontext
  return {
    'nothing': (untold(), ('log.every=100',)),
    'rows': (plain(), ('log.every=100',)),
    'each step': (plain(), ('log.every=1',)),
  }


@contextlib.contextmanager
def untold():
  """A context in which a step is traced without all that tells of its health."""
  usual = adversarial_loss.make
  silent = lambda config: usual(config)._replace(accuracy=lambda real, fake: 0.0)
  with (
    mock.patch.object(diagnostics, 'logged', return_value={}),
    mock.patch.object(diagnostics, 'gap', return_value={}),
    mock.patch.object(adversarial_loss, 'make', silent),
  ):
    yield


def line(row):
  """A row as text."""
  median, least = (f'{1e3 * row["seconds"][name]:.2f}' for name in ('median', 'min'))
  sizes = f'{row["operations"] / 1e6:,.1f}', f'{row["bytes"] / 2**20:,.1f}'
  return LINE(row['work'], row['told'], median, least, f'{row["over"]:+.1%}', *sizes)


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
