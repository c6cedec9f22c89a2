"""The measures beside torch-fidelity, prdc and scikit-image, and beside formulas; the network's speed.

python -m benchmarks.parity_fidelity [--images=3000] [--speed_images=10000]

Both sides see the same images through the same random weights, saved by PyTorch in the published format. A
row is ok where the difference is within its bound; the status is 1 unless all are.
"""

import statistics
import tempfile
from pathlib import Path

import jax
import numpy as np

from benchmarks import parity_features, parity_rows, race, report
from benchmarks.parity_rows import images, row
from gan_jax import command_line, errors
from gan_jax.devices import host_memory
from gan_jax.evaluation.inception import network, resizing, weights

SIDES = (28, 32, 64, 256, 299, 512)
BATCH, TURN = 64, 256  # images at once, and in a turn of the race
LINE = '{:21} {:38} {:>12} {:>12} {:>11} {:>8}  {}'.format


def main(words):
  """Returns the exit status."""
  flags = parse(words)
  host_memory.keep_freed()  # for both sides, before either has threads
  rows = []
  print(LINE('against', 'what', 'ours', 'theirs', 'difference', 'bound', 'ok'))
  for found in every_row(flags, theirs()):
    print(line(found), flush=True)
    rows.append(found)
  report.write(flags.out, 'parity_fidelity', words, {'rows': rows})
  return 0 if all(found['ok'] for found in rows) else 1


def parse(words):
  parser = report.parser(__doc__, 'parity_fidelity')
  positive = race.positive(int)
  parser.add_argument('--images', type=positive, default=3000, help='of each of the two sets')
  parser.add_argument('--speed_images', type=positive, default=10_000, help='that each side is timed on')
  return parser.parse_args(words)


def theirs():
  """torch-fidelity's side. Raises UserError where it is not installed."""
  try:
    from benchmarks import parity_theirs
  except ModuleNotFoundError as error:
    raise errors.UserError(f'{error}; pip install -r requirements-bench.txt') from error
  return parity_theirs


def line(found):
  """A row as text."""
  numbers = [f'{found[name]:.6g}' for name in ('ours', 'theirs')]
  difference, ok = f'{found["difference"]:.2e}', 'yes' if found['ok'] else 'NO'
  return LINE(found['against'], found['what'], *numbers, difference, f'{found["bound"]:g}', ok)


def every_row(flags, other):
  """The rows of the table, one after another."""
  yield from parity_rows.closed_rows()
  yield from parity_rows.pair_rows()
  yield from resize_rows(other)
  with tempfile.TemporaryDirectory() as folder:
    files = {name: Path(folder) / f'{name}.pth' for name in ('legacy', 'zip')}
    state = other.weights(images(BATCH, seed=2))
    other.torch.save(state, files['legacy'], _use_new_zipfile_serialization=False)
    other.torch.save(state, files['zip'])
    names = {weights.load(file)[1] for file in files.values()}
    (params, _), see = weights.load(files['legacy']), other.network(files['zip'])
    exact = other.network(files['zip'], other.torch.float64)
  yield row('torch-fidelity', 'hashes of the legacy and the zip .pth', len(names), 1, 0)
  params, program = jax.device_put(params), network.program()
  look = lambda some: tuple(map(np.concatenate, zip(*batches(program, params, some), strict=True)))
  yield parity_features.rounding_row(look, see, exact)
  yield from parity_features.rows(flags.images, look, see, other)
  yield speed_row(flags.speed_images, look, see)


def batches(program, params, some):
  """(features, probabilities) of some images, BATCH at a time; the last is filled up."""
  for start in range(0, len(some), BATCH):
    indices = np.minimum(np.arange(start, start + BATCH), len(some) - 1)
    yield [array[: len(some) - start] for array in jax.device_get(program(params, some[indices]))]


def resize_rows(other):
  """The resize of images of SIDES, of which the network sees values in [-1, 1]."""
  for side in SIDES:
    some = images(2, side)[:, :, : side - side // 4]  # not a square
    ours, wanted = np.asarray(resizing.tensorflow(some)) / 128 - 1, other.resized(some) / 128 - 1
    apart = np.abs(ours - wanted).max()
    yield row('torch-fidelity', f'resize from {side}, in [-1, 1]', ours.std(), wanted.std(), 1e-5, apart)


def speed_row(count, look, see):
  """Images a second, the medians of turns; the difference is their time over ours' inverse: 1 is equal."""
  some = images(TURN)
  works = [lambda units, side=side: (side(some), units * TURN)[1] for side in (look, see)]
  for side in (look, see):
    side(some[:BATCH])  # warms it up
  turns = [[race.timed(work, 1) for work in works] for _ in range(-(-count // TURN))]
  ours, wanted = (1 / statistics.median(times) for times in zip(*turns, strict=True))
  return row('PyTorch', 'images a second (theirs over ours)', ours, wanted, 1.0, wanted / ours)


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
