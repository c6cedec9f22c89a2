"""What it costs that a step tells of the game's health: steps with training/diagnostics.py and without it.

python -m benchmarks.watching [--works=dcgan28,dcgan64,mlp] [--rounds=5] [--seconds=3] [--counted]

Rows are of a run with log.every=100, as it is by default, and with log.every=1. Beside the clock's time
stands the processor's, over all threads, which other programs on the machine disturb less. --counted takes no
time: it counts kernels and bytes of a step, in programs as an accelerator gets them, see program.py.
"""

import contextlib
import time
from unittest import mock

import jax
from tqdm import tqdm

from benchmarks import ours, program, race, report, works
from gan_jax import command_line, gans
from gan_jax.devices import compilation, host_memory
from gan_jax.gans.parts import adversarial_loss
from gan_jax.training import diagnostics, setup

LINE = '{:10} {:14} {:>9} {:>9} {:>9} {:>9}'.format
HEADER = 'work', 'told', 'ms', 'least ms', 'CPU ms', 'more CPU'
ROWS = 100  # steps from one to the next
COUNTED = 'work', 'told', 'kernels', 'MiB', 'more', ''


def main(words):
  """Returns the exit status."""
  parser = report.parser(__doc__, 'watching')
  parser.add_argument('--works', default='dcgan28,dcgan64,mlp', help=f'some of {", ".join(works.WORKS)}')
  race.add_flags(parser, rounds=5, seconds=3.0)
  parser.add_argument('--counted', action='store_true', help='count, and do not measure')
  flags = parser.parse_args(words)
  host_memory.keep_freed()
  rows = []
  for name in tqdm(report.some(flags.works, 'work', works.WORKS), 'benchmarks.watching', disable=None):
    rows += counted(name) if flags.counted else measure(name, flags)
    jax.clear_caches()
  print('\n'.join([LINE(*(COUNTED if flags.counted else HEADER)), *map(line, rows)]))
  report.write(flags.out, 'watching', words, {'rows': rows})
  return 0


def measure(name, flags):
  """A row for each way to make the steps of a work."""
  sides = {}
  for label, (context, watched, fields) in ways().items():
    work = works.WORKS[name]._replace(fields=(*works.WORKS[name].fields, *fields))
    with context:
      sides[label] = ours.Training(*works.load(work), watched)
      sides[label].compile()
  used = {label: [] for label in sides}
  raced = race.race(
    {label: clocked(used[label], work) for label, work in sides.items()}, flags.rounds, flags.seconds
  )
  least = {label: min(times[-flags.rounds :]) for label, times in used.items()}
  more = {label: value / least['nothing'] - 1 for label, value in least.items()}
  return [
    {
      **{'work': name, 'told': label, 'seconds': race.summary(raced[label])},
      **{'cpu_seconds': least[label], 'more': more[label]},
    }
    for label in sides
  ]


def counted(name):
  """The same of what is counted; of what is computed for rows, a hundredth in 'all, in rows'."""
  found = {}
  for label, (context, watched, fields) in ways().items():
    work = works.WORKS[name]._replace(fields=(*works.WORKS[name].fields, *fields))
    with context:
      found[label] = counts(*works.load(work), watched)
  found['all, in rows'] = [
    looked + (each - looked) / ROWS
    for looked, each in zip(found['finiteness'], found['all, each step'], strict=True)
  ]
  least = found['nothing'][1]
  return [
    {'work': name, 'told': label, 'kernels': kernels, 'bytes': moved, 'more': moved / least - 1}
    for label, (kernels, moved) in found.items()
  ]


def counts(config, dataset, watched):
  """[kernels, bytes moved] of a step, on average over those of a program."""
  made = setup.make(config, dataset.spec(gans.reads_conditions(config)))
  state, step = jax.eval_shape(made.init, config.seed), made.train_step()
  cost = compilation.operations(step, state, dataset)
  looks = map(made.each, diagnostics.watching(cost >= compilation.LARGE)) if watched else ()
  count = compilation.affordable(cost, 'cuda')
  exported = jax.export.export(compilation.make(step, count, None, None, *looks), platforms=['cuda'])
  found = program.Program(exported(state, dataset).mlir_module())
  return [sum(kernel.times for kernel in found.kernels) / count, found.moved / count]


def clocked(used, work):
  """`work`, of which the processor's seconds a unit, those of all threads, go into the list `used`."""

  def run(count):
    begun = time.process_time()
    units = work(count)
    used.append((time.process_time() - begun) / units)
    return units

  return run


def ways():
  """{label: (the context in which its steps are traced, whether they look for NaN, fields of the config)}."""
  return {
    'nothing': (untold(), False, ('log.every=100',)),
    'finiteness': (untold(), True, ('log.every=100',)),
    'all, in rows': (contextlib.nullcontext(), True, ('log.every=100',)),
    'all, each step': (contextlib.nullcontext(), True, ('log.every=1',)),
  }


@contextlib.contextmanager
def untold():
  """A context in which a step is traced without all that tells of its health."""
  usual = adversarial_loss.make
  silent = lambda config: usual(config)._replace(accuracy=lambda real, fake: {})
  with (
    mock.patch.object(diagnostics, 'logged', return_value={}),
    mock.patch.object(diagnostics, 'gap', return_value={}),
    mock.patch.object(adversarial_loss, 'make', silent),
  ):
    yield


def line(row):
  """A row as text."""
  if 'kernels' in row:
    sizes = f'{row["kernels"]:,.1f}', f'{row["bytes"] / 2**20:,.1f}', f'{row["more"]:+.2%}'
    return LINE(row['work'], row['told'], *sizes, '')
  seconds = *(row['seconds'][name] for name in ('median', 'min')), row['cpu_seconds']
  return LINE(row['work'], row['told'], *(f'{1e3 * taken:.2f}' for taken in seconds), f'{row["more"]:+.1%}')


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
