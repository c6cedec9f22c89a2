"""The forms of convolutions of few channels on this CPU: by phases, as XLA has them, and by patches.

python -m benchmarks.forms [--rounds=20]

Forms take turns in one process. Told are the least time of the clock, and the least of the processor in all
threads, which is a measure also where others use the machine. models/convolution/cpu.py chooses between them.
"""

import time

import jax
import jax.numpy as jnp
from tqdm import tqdm

from benchmarks import race, report
from gan_jax import command_line
from gan_jax.devices import compilation, host_memory
from gan_jax.models.convolution import patches, phases

SHAPES = (  # (side, channels, features, kernel, stride)
  (28, 1, 64, 5, 2),
  (64, 3, 32, 4, 2),
  (64, 3, 64, 4, 2),
  (32, 3, 64, 3, 1),
  (32, 16, 32, 4, 2),
)
LINE = '{:16} {:>5} {:>9} {:>9} {:>7} {:>7}  {:8} {:>7} {:>7} {:>8}'.format
HEADER = 'operation', 'side', 'channels', 'features', 'kernel', 'stride', 'form', 'ms', 'CPU ms', 'GFLOP/s'


def gradient_by_phases(images, maps, width, stride):
  """A kernel's gradient [width, width, C, F], in the form that cpu.py takes for few channels."""
  return phases.kernel_gradient(images, maps, width, stride, False, True)


def gradient_by_patches(images, maps, width, stride):
  """The same as one product, [width * width * C, F], of patches [B, h, w, width * width * C]."""
  seen = patches.extract(images, width, stride, maps.shape[1:3])
  rows = [array.reshape(-1, array.shape[-1]) for array in (seen, maps)]
  return jax.lax.dot_general(*rows, (((0,), (0,)), ((), ())))


FORMS = {
  'convolve': {'phases': phases.convolve, 'patches': patches.convolve},
  'kernel_gradient': {'phases': gradient_by_phases, 'patches': gradient_by_patches},
}


def main(words):
  """Returns the exit status."""
  parser = report.parser(__doc__, 'forms')
  parser.add_argument('--rounds', type=race.positive(int), default=20)
  parser.add_argument('--batch', type=race.positive(int), default=64)
  flags = parser.parse_args(words)
  host_memory.keep_freed()
  cells, rows = [(name, shape) for name in FORMS for shape in SHAPES], []
  for cell in tqdm(cells, 'benchmarks.forms', disable=None):
    rows += measure(*cell, flags)
  print('\n'.join([LINE(*HEADER), *map(line, rows)]))
  report.write(flags.out, 'forms', words, {'rows': rows})
  return 0


def measure(name, shape, flags):
  """[a row of each form of an operation on images of a shape]: seconds of the clock, of the processor."""
  side, channels, features, width, stride = shape
  places = (-(-side // stride),) * 2
  images, maps = jnp.ones((flags.batch, side, side, channels)), jnp.ones((flags.batch, *places, features))
  if name == 'convolve':
    operands, static = (images, jnp.ones((width, width, channels, features))), (stride, places)
  else:
    operands, static = (images, maps), (width, stride)
  options = compilation.compiler_options(compilation.LARGE)
  forms = {
    label: jax.jit(applied(form, static), compiler_options=options) for label, form in FORMS[name].items()
  }
  times = {label: [clocked(form, operands) for _ in range(2)][1:] for label, form in forms.items()}
  for _ in range(flags.rounds):
    for label, form in forms.items():
      times[label].append(clocked(form, operands))
  place = dict(zip(('side', 'channels', 'features', 'kernel', 'stride'), shape, strict=True))
  cost = 2 * maps.size * width**2 * channels
  least = {label: [min(column) for column in zip(*taken, strict=True)] for label, taken in times.items()}
  return [
    {
      'operation': name,
      **place,
      'form': label,
      'seconds': clock,
      'processor_seconds': spent,
      'operations': cost,
    }
    for label, (clock, spent) in least.items()
  ]


def applied(form, static):
  """`form` of arrays alone."""
  return lambda *operands: form(*operands, *static)


def clocked(form, operands):
  """(seconds, seconds of the processor in all threads) that a call takes."""
  begun = time.perf_counter(), time.process_time()
  jax.block_until_ready(form(*operands))
  return time.perf_counter() - begun[0], time.process_time() - begun[1]


def line(row):
  """A row as text."""
  shape = [row[name] for name in ('operation', 'side', 'channels', 'features', 'kernel', 'stride', 'form')]
  times = [f'{1e3 * row[name]:.2f}' for name in ('seconds', 'processor_seconds')]
  return LINE(*shape, *times, f'{row["operations"] / row["seconds"] / 1e9:.0f}')


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
