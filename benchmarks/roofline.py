"""A prediction, not a measurement: the time and memory that a step needs at least on accelerators.

python -m benchmarks.roofline [--rows=dcgan64_bf16_256,stylegan2_bf16]

Each kernel of the exported step (benchmarks/program.py) takes as long as its operations take at the device's
peak, or as its bytes take at the memory's, whichever is longer; to start it costs nothing, and libraries are
perfect. Rows are those of benchmarks.accelerator, which measures them.
"""

import jax
from tqdm import tqdm

from benchmarks import accelerator, lowering, report, works
from benchmarks.peaks import DEVICES
from gan_jax import command_line

PREDICTED = ('A100', 'H100', 'TPU v5 lite')
LINE = '{:26} {:>6} {:>9} {:>9} {:>9} {:>8}  {:12} {:>9} {:>11} {:>9}'.format
HEADER = 'row', 'batch', 'GFLOP', 'GB moved', 'kernels', 'MiB', 'device', 'ms', 'images/s', 'products'


def main(words):
  """Returns the exit status."""
  parser = report.parser(__doc__, 'roofline')
  known = [name for name, row in accelerator.ROWS.items() if not row.samples]
  parser.add_argument('--rows', default=','.join(known), help=f'some of {", ".join(known)}')
  parser.add_argument('--small', action='store_true', help='narrow networks, to try it')
  flags = parser.parse_args(words)
  rows = []
  for name in tqdm(report.some(flags.rows, 'row', known), 'benchmarks.roofline', disable=None):
    row = accelerator.ROWS[name]
    config, dataset = works.load(row.small if flags.small else row.work)
    found = lowering.exported(config, dataset)[0]
    examples = config.train.batch_size * max(config.population.seeds, 1)
    for device in PREDICTED:
      program = found[DEVICES[device].platform]
      rows.append({'row': name, 'examples': examples, **predicted(program, device, row.precision)})
      tqdm.write(line(rows[-1]))
    jax.clear_caches()
  print('\n'.join([LINE(*HEADER), *map(line, rows)]))
  report.write(flags.out, 'roofline', words, {'prediction': True, 'rows': rows})
  return 0


def predicted(program, name, precision):
  """{what a Program needs at least on a device of this name}, its float32 in this precision."""
  device = DEVICES[name]
  peaks = {'bf16': device.peaks['bf16'], 'f32': device.peaks['tf32' if precision == 'bf16' else precision]}
  seconds = busy = 0.0
  for kernel in program.kernels:
    computing = kernel.operations / peaks.get(kernel.dtype, peaks['f32'])
    taken = max(computing, kernel.moved / device.bytes_per_second) * kernel.times
    seconds += taken
    busy += taken if computing * kernel.times == taken else 0.0
  return {
    'device': name,
    'seconds': seconds,
    'in_products': busy / seconds,  # the share of kernels that wait for arithmetic, not for memory
    'operations': program.operations,
    'moved': program.moved,
    'kernels': len(program.kernels),
    'bytes': program.memory,
  }


def line(row):
  """A row as text."""
  return LINE(
    row['row'],
    row['examples'],
    f'{row["operations"] / 1e9:.1f}',
    f'{row["moved"] / 1e9:.2f}',
    row['kernels'],
    f'{row["bytes"] / 2**20:.0f}',
    row['device'],
    f'{1e3 * row["seconds"]:.3f}',
    f'{row["examples"] / row["seconds"]:,.0f}',
    f'{row["in_products"]:.0%}',
  )


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
