"""Images decoded by all cores into one .npy file, in their order."""

import collections
import concurrent.futures
import itertools
import math
import os
import pathlib
import time
from collections.abc import Callable, Iterable

import numpy as np
from ml_collections import ConfigDict
from tqdm import tqdm

from gan_jax import errors
from gan_jax.data.decoding import images

PIECE = 32  # images that a thread decodes at a time, at most
WAITING = 1 << 28  # bytes of decoded images that wait to be written
SMALL = 4e-4  # seconds; a file of 64x64 pixels takes about as much


def write_images(
  path: pathlib.Path, options: ConfigDict, decode: Callable, sources: Iterable, total: int
) -> list[int]:
  """The positions of the bad images; the others are written as uint8 [N, H, W, C] in one .npy file.

  Slow `decode(source)`s run on all cores (Pillow lets go of Python's lock), `sources` in this thread. The
  size is that of `options`; raises the first BadImage unless options.on_bad_image='skip', and UserError if
  no image is left.
  """
  shape = (*images.stored_size(options.size, options.resize), options.channels)

  def attempt(source):
    try:
      return decode(source)
    except images.BadImage as error:
      return error

  bad = {}
  with open(path, 'wb') as file:
    _write_header(file, (0, *shape))
    decoded = _in_order(attempt, sources, math.prod(shape))
    results = tqdm(decoded, 'decoding', total, unit=' images', disable=None)
    for position, image in enumerate(results):
      if not isinstance(image, images.BadImage):
        file.write(np.ascontiguousarray(image))
      elif options.on_bad_image == 'skip':
        bad[position] = image
      else:
        raise image
    if len(bad) == total:
      raise errors.UserError(f'none of the {total} images can be read: {next(iter(bad.values()), "")}')
    file.seek(0)
    _write_header(file, (total - len(bad), *shape))
    file.flush()
    os.fsync(file.fileno())  # else a power cut may leave the folder's new name, but not its bytes
  return list(bad)


def _write_header(file, shape):
  """A .npy header; numpy pads it so that its length is the same for any count of images."""
  np.lib.format.write_array_header_2_0(file, {'descr': '|u1', 'fortran_order': False, 'shape': shape})


def _in_order(function, items, size=1):
  """The results of `function` in the order of `items`, by threads that run a little ahead, PIECE at a time.

  Of results of `size` bytes WAITING bytes at most are waiting, or one for each thread. One thread if an item
  takes less than SMALL: Python's lock then makes several slower than one.
  """
  items, each = iter(items), lambda piece: [function(item) for item in piece]
  begun = time.perf_counter()
  first = each(itertools.islice(items, min(PIECE, max(1, WAITING // size))))
  small = time.perf_counter() - begun < SMALL * len(first)
  yield from first
  workers = 1 if small else os.cpu_count() or 1
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    pending = collections.deque()
    ahead = 4 * workers if 4 * workers * size <= WAITING else workers
    some = min(PIECE, max(1, WAITING // (ahead * size)))
    while piece := list(itertools.islice(items, some)):
      pending.append(pool.submit(each, piece))
      if len(pending) >= ahead:
        yield from pending.popleft().result()
    while pending:
      yield from pending.popleft().result()
