"""Data: decoding a folder on one core and on all, starting again, and reading batches ahead from the file.

python -m benchmarks.data [--images=60000] [--size=28]
"""

import itertools
import os
import tempfile
import time
from pathlib import Path

import jax
import numpy as np
from PIL import Image

from benchmarks import race, report
from gan_jax import command_line, configs, data, errors
from gan_jax.data.decoding import streaming
from gan_jax.devices import mesh

BATCH = 64


def main(words):
  """Returns the exit status."""
  flags = parse(words)
  with tempfile.TemporaryDirectory() as folder:
    facts = measure(flags, Path(folder))
  for name, value in facts.items():
    print(f'{name:32} {value:12,.2f}')
  report.write(flags.out, 'data', words, facts)
  return 0


def parse(words):
  parser = report.parser(__doc__, 'data')
  parser.add_argument('--images', type=int, default=60_000)
  parser.add_argument('--size', type=int, default=28, help='side of the PNG files, and of the decoded images')
  flags = parser.parse_args(words)
  if flags.images < BATCH or flags.size < 1:
    raise errors.UserError(f'--images must be at least {BATCH}, --size at least 1')
  return flags


def measure(flags, folder):
  """{what: images per second, or seconds}."""
  write_images(folder / 'images', flags.images, flags.size)
  cores = sorted(os.sched_getaffinity(0))
  loads = {}
  for label, allowed in (('one_core', cores[:1]), ('all_cores', cores)):
    os.sched_setaffinity(0, allowed)
    loads[label], _ = load(flags, folder, label)
  again, dataset = load(flags, folder, 'all_cores')
  streamed = streaming.Stream(dataset, mesh.layout(BATCH), seed=0, per_step=1, start=0)
  starts = itertools.count(0, 10)

  def work(count):
    for _ in range(count):
      jax.block_until_ready(streamed(next(starts), 10).arrays)
    return count * 10 * BATCH

  race.timed(work, 1)
  return {
    'images': flags.images,
    **{f'decoded_per_second_{label}': flags.images / seconds for label, seconds in loads.items()},
    'seconds_at_second_start': again,
    'streamed_per_second': 1 / race.timed(work, 50),
  }


def write_images(folder, count, size):
  """PNG files of smooth random pictures, a hundred kinds."""
  folder.mkdir()
  rng = np.random.default_rng(0)
  kinds = []
  for _ in range(100):
    coarse = Image.fromarray(rng.integers(0, 256, (4, 4, 3), np.uint8))
    kinds.append(coarse.resize((size, size), Image.Resampling.BICUBIC))
  for i in range(count):
    kinds[i % len(kinds)].save(folder / f'{i:06d}.png', compress_level=1)


def load(flags, folder, cache):
  """(seconds, Dataset): the folder made ready to train with, its decoded set in a cache of this name."""
  fields = {
    'data.name': 'folder',
    'data.path': str(folder / 'images'),
    'data.data_dir': str(folder / cache),
    'data.size': f'({flags.size},{flags.size})',
    'data.channels': '3',
    'train.batch_size': str(BATCH),
  }
  config = configs.load(report.ROOT / 'configs/dcgan_mnist.py', list(fields.items()), notice=lambda _: None)
  begun = time.perf_counter()
  dataset = data.make(config)
  return time.perf_counter() - begun, dataset


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
