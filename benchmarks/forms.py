"""The forms of convolutions of few channels on this CPU, and the table by which programs choose the fastest.

python -m benchmarks.forms [--rounds=20] [--keep]
XLA_FLAGS=--xla_cpu_max_isa=AVX2 python -m benchmarks.forms --keep

Forms take turns in one process. Told are the least time of the clock; of the processor in the busiest thread,
or in all by the number of cores if that is more; and in all. The second, which the clock would tell if nobody
else used the machine, decides: --keep writes it to gan_jax/models/convolution/forms.json, in the rows of this
kind of CPU: its set of instructions and its maker.
"""

import json
import os
import time
from pathlib import Path

import jax
import jax.numpy as jnp
from tqdm import tqdm

from benchmarks import race, report
from gan_jax import command_line
from gan_jax.devices import compilation, host_memory, platforms
from gan_jax.models.convolution import cpu
from gan_jax.models.convolution import forms as kept

SHAPES = (
  kept.Shape(28, 1, 64, 4, 2),
  kept.Shape(28, 1, 64, 5, 2),
  kept.Shape(32, 3, 64, 3, 1),
  kept.Shape(32, 3, 64, 3, 2),
  kept.Shape(32, 3, 64, 4, 2),
  kept.Shape(48, 3, 32, 5, 2),
  kept.Shape(64, 3, 32, 4, 2),
  kept.Shape(64, 3, 64, 4, 2),
)
FORMS = {'convolve': ('phases', 'patches'), 'kernel_gradient': ('direct', 'patches')}
GAIN = 0.9  # of the next form's time, from which on a form is called the fastest; else the usual one stays
LINE = '{:16} {:>5} {:>9} {:>9} {:>7} {:>7}  {:8} {:>8} {:>8} {:>8}  {}'.format
HEADER = (
  'operation', 'side', 'channels', 'features', 'kernel', 'stride', 'form', 'clock ms', 'ms', 'CPU ms', ''
)  # fmt: skip


def main(words):
  """Returns the exit status."""
  parser = report.parser(__doc__, 'forms')
  parser.add_argument('--rounds', type=race.positive(int), default=20)
  parser.add_argument('--batch', type=race.positive(int), default=64)
  parser.add_argument(
    '--keep', action='store_true', help='write what is the fastest, for programs to choose by'
  )
  flags = parser.parse_args(words)
  host_memory.keep_freed()
  cells, rows = [(name, shape) for name in FORMS for shape in SHAPES], []
  for cell in tqdm(cells, 'benchmarks.forms', disable=None):
    rows.append(measure(*cell, flags))
  print('\n'.join([LINE(*HEADER), *(line(row, form) for row in rows for form in row['ms'])]))
  if flags.keep:
    write(kept.FILE, platforms.processor(), rows)
  report.write(flags.out, 'forms', words, {'processor': platforms.processor(), 'rows': rows})
  return 0


def measure(name, shape, flags):
  """A row of forms.json: the fastest form of an operation on images of a shape; and all times, in ms."""
  side, channels, features, width, stride = shape
  places = (-(-side // stride),) * 2
  images, maps = jnp.ones((flags.batch, side, side, channels)), jnp.ones((flags.batch, *places, features))
  if name == 'convolve':
    operands, static = (images, jnp.ones((width, width, channels, features))), (stride, places)
  else:
    operands, static = (images, maps), (width, stride, False)
  options = compilation.compiler_options(compilation.LARGE)
  forms = {
    label: jax.jit(applied(cpu.FORMS[name][label], static), compiler_options=options) for label in FORMS[name]
  }
  times = {label: [clocked(form, operands) for _ in range(2)][1:] for label, form in forms.items()}
  for _ in range(flags.rounds):
    for label, form in forms.items():
      times[label].append(clocked(form, operands))
  least = {label: [min(column) for column in zip(*taken, strict=True)] for label, taken in times.items()}
  clock, alone, total = ({label: some[k] for label, some in least.items()} for k in range(3))
  return {
    'operation': name,
    'shape': list(shape),
    'form': clearly(alone),
    'ms': alone,
    'clock_ms': clock,
    'cpu_ms': total,
  }


def clearly(times):
  """The name of the fastest of {form: time}, or '' where another one is nearly as fast."""
  best, second = sorted(times, key=times.get)[:2]
  return best if times[best] < GAIN * times[second] else ''


def applied(form, static):
  """`form` of arrays alone."""
  return lambda *operands: form(*operands, *static)


def clocked(form, operands):
  """The milliseconds that a call takes: of the clock, of it on cores of our own, of the processor."""
  begun, spent = time.perf_counter(), threads()
  jax.block_until_ready(form(*operands))
  clock, each = time.perf_counter() - begun, [now - spent.get(key, 0.0) for key, now in threads().items()]
  return 1e3 * clock, 1e3 * max(0, *each, sum(each) / os.cpu_count()), 1e3 * sum(each)


def threads():
  """{thread: seconds of the processor that it has had} of this process; as one where they are not told."""
  files = sorted(Path('/proc/self/task').glob('*/schedstat'))
  told = {file.parent.name: int(file.read_text().split()[0]) / 1e9 for file in files}
  return told or {'': time.process_time()}


def write(file, processor, rows):
  """Writes the rows of a kind of CPU to the table, a line each; others stay."""
  table = json.loads(file.read_text()) if file.exists() else {}
  short = [{name: row[name] for name in ('operation', 'shape', 'form', 'ms')} for row in rows]
  for row in short:
    row['ms'] = {form: round(value, 2) for form, value in row['ms'].items()}
  table = dict(sorted({**table, processor: short}.items()))
  parts = [f'"{name}": [\n  ' + ',\n  '.join(map(json.dumps, some)) + '\n]' for name, some in table.items()]
  file.write_text('{\n' + ',\n'.join(parts) + '\n}\n')


def line(row, form):
  """A form's times as text."""
  times = [f'{row[name][form]:.2f}' for name in ('clock_ms', 'ms', 'cpu_ms')]
  return LINE(row['operation'], *row['shape'], form, *times, 'fastest' if form == row['form'] else '')


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
