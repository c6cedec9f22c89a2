"""Training steps and sampling on an accelerator, with PyTorch at its best beside them, in eight minutes.

python -m benchmarks.accelerator [--against=torch] [--rows=dcgan64_bf16_256,toys_256] [--minutes=8]

Examples a second, the share of the device's peak that matrix products reach, the seconds of compiling, and
memory. Rows that do not fit the time, or the device, are told of; the others are in the JSON file at once. A
row's name ends in its precision: fp32, tf32 (float32 in 19 bits within products, as JAX does on GPUs by
itself) or bf16.
"""

import os
import time
from typing import NamedTuple

os.environ.setdefault('XLA_PYTHON_CLIENT_PREALLOCATE', 'false')  # both sides share the device's memory

import jax
from tqdm import tqdm

from benchmarks import ours, peaks, race, report, works
from gan_jax import command_line

PRECISION = {  # (train.dtype, what products of float32 are computed in)
  'fp32': ('float32', 'highest'),
  'tf32': ('float32', 'tensorfloat32'),
  'bf16': ('bfloat16', 'default'),
}
IMAGES = 10_000  # in a unit of sampling


class Row(NamedTuple):
  """What a row runs: a Work, in a precision, sampling instead of training, PyTorch beside it."""

  work: works.Work
  precision: str
  small: works.Work  # narrow networks, for the tests
  samples: bool = False
  against: bool = False


def dcgan(batch, precision):
  """DCGAN at 64x64, the work of `benchmarks.step`."""
  fields = (f'train.batch_size={batch}', f'train.dtype={PRECISION[precision][0]}')
  work, narrow = (works.Work('dcgan_celeba_like', (*fields, *more)) for more in ((), SMALL))
  return Row(work, precision, narrow, against=True)


def other(config, precision, *fields, images=('image',)):
  """A row of another config."""
  dtype = (f'train.dtype={PRECISION[precision][0]}',)
  work = works.Work(config, (*fields, *dtype), images=images)
  return Row(work, precision, works.Work(f'{config}:test', dtype, images=images))


def toys(count):
  """A population of so many GANs of two dimensions."""
  work = works.Work('mlp_mnist', (*works.TOY, f'population.seeds={count}'), shape=(2,))
  return Row(work, 'tf32', work)


SMALL = ('generator.width=16', 'discriminator.width=4', 'train.batch_size=4')
ROWS = {
  'dcgan64_bf16_256': dcgan(256, 'bf16'),
  'dcgan64_tf32_64': dcgan(64, 'tf32'),
  'dcgan64_bf16_64': dcgan(64, 'bf16'),
  'dcgan64_bf16_1024': dcgan(1024, 'bf16'),
  'dcgan64_fp32_64': dcgan(64, 'fp32'),
  'sample64_bf16': dcgan(500, 'bf16')._replace(samples=True, against=False),
  'toys_16': toys(16),
  'toys_256': toys(256),
  'stylegan2_bf16': other('stylegan2_avatars', 'bf16'),
  'pix2pix256_bf16': other('pix2pix', 'bf16', 'data.size=(256,256)', images=works.WORKS['pix2pix'].images),
  'stargan128_bf16': other('stargan', 'bf16', 'data.size=(128,128)'),
  'sngan_cifar10_bf16': other('sngan_cifar10', 'bf16'),
  'r3gan_cifar10_bf16': other('r3gan_cifar10', 'bf16'),
  'projection_cifar10_bf16': other('projection_cifar10', 'bf16'),
  'gawwn_bf16': other('gawwn_avatars', 'bf16'),
}
LINE = '{:26} {:>6} {:>10} {:>9} {:>10} {:>9} {:>8} {:>12} {:>6}'.format
HEADER = 'row', 'batch', 'examples/s', 'ms', 'of peak', 'compile s', 'MiB', 'PyTorch/s', 'ratio'


def main(words):
  """Returns the exit status."""
  flags = parse(words)
  end, rows, left = time.monotonic() + 60 * flags.minutes, [], []
  for name in tqdm(flags.rows, 'benchmarks.accelerator', disable=None):
    if time.monotonic() > end:
      left.append(name)
      continue
    try:
      rows.append({'row': name, **measure(ROWS[name], flags)})
      tqdm.write(line(rows[-1]))
      report.write(flags.out, 'accelerator', words, {'rows': rows}, tell=lambda _: None)
    except (jax.errors.JaxRuntimeError, RuntimeError) as error:  # of memory, or of what a device lacks
      tqdm.write(f'{name}: {str(error).splitlines()[0]}')
      left.append(name)
    jax.clear_caches()
  print('\n'.join([LINE(*HEADER), *map(line, rows)]))
  if left:
    print(f'without {", ".join(left)}')
  report.write(flags.out, 'accelerator', words, {'rows': rows, 'without': left})
  return 0


def parse(words):
  parser = report.parser(__doc__, 'accelerator')
  report.add_against(parser)
  parser.add_argument('--rows', default=','.join(ROWS), help=f'some of {", ".join(ROWS)}')
  parser.add_argument('--minutes', type=race.positive(float), default=8, help='after which no row begins')
  parser.add_argument('--small', action='store_true', help='narrow networks, to try it on a CPU')
  race.add_flags(parser, rounds=5, seconds=1.0)
  flags = parser.parse_args(words)
  flags.rows = report.some(flags.rows, 'row', ROWS)
  return flags


def measure(row, flags):
  """{examples of a unit, each side's seconds, the share of the peak, seconds of compiling, bytes, ratio}."""
  config, dataset = works.load(row.small if flags.small else row.work)
  bytes_needed = None
  with jax.default_matmul_precision(PRECISION[row.precision][1]):
    if row.samples:
      side, cost = ours.sampling(config, dataset, IMAGES), ours.sampling_cost(config, dataset, IMAGES)
      compiled = race.timed(side, 1) - race.timed(side, 1)  # the first one compiles
    else:
      side, cost = ours.train(config, dataset)
      begun, bytes_needed = time.perf_counter(), side.compile()
      compiled = time.perf_counter() - begun
    sides, kind = {'gan_jax': side}, None
    if flags.against and row.against:
      from benchmarks import torch_best

      kind, sides['PyTorch'] = torch_best.train(config, dataset, row.precision)
    times = race.race(sides, flags.rounds, flags.seconds)
  examples = IMAGES if row.samples else config.train.batch_size * max(config.population.seeds, 1)
  seconds = {label: race.summary(taken)['median'] for label, taken in times.items()}
  facts = {'examples': examples, 'operations': cost, 'seconds': seconds, 'bytes': bytes_needed}
  facts |= {'peak_share': share(cost / seconds['gan_jax'], row.precision), 'compile_seconds': compiled}
  if kind:
    facts |= {'torch_kind': kind, 'ratio': seconds['PyTorch'] / seconds['gan_jax']}
  return facts


def share(rate, precision):
  """Which part of the device's peak so many operations a second are; None for devices not known."""
  kind = jax.devices()[0].device_kind
  known = (device for name, device in peaks.DEVICES.items() if name in kind)
  return next((rate / device.peaks[precision] for device in known), None)


def line(row):
  """A row as text."""
  text = lambda form, number: '-' if number is None else form.format(number)
  ours, other = (row['seconds'].get(side) for side in ('gan_jax', 'PyTorch'))
  return LINE(
    row['row'],
    row['examples'],
    f'{row["examples"] / ours:,.0f}',
    f'{1e3 * ours:.3f}',
    text('{:.1%}', row['peak_share']),
    f'{row["compile_seconds"]:.1f}',
    text('{:.0f}', row['bytes'] and row['bytes'] / 2**20),
    text('{:,.0f}', other and row['examples'] / other),
    text('{:.2f}', row.get('ratio')),
  )


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
