"""A decoded set on disk: a folder of .npy files, memory-mapped, there whole or not at all."""

import collections
import concurrent.futures
import contextlib
import hashlib
import itertools
import json
import os
import pathlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from ml_collections import ConfigDict
from tqdm import tqdm

from gan_jax import errors
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import images

VERSION = 1  # raise it when decoding gives other pixels, so that old sets are not taken
PIECE = 32  # images that a thread decodes at a time
SMALL = 4e-4  # seconds; a file of 64x64 pixels takes about as much
STALE = 24 * 3600  # seconds after which a half-written set is taken to be a killed writer's


def load(
  data_dir: str | os.PathLike, name: str, key: Any, fill: Callable[[pathlib.Path], dict]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
  """(arrays by name, memory-mapped, notes) of the decoded set that `key` (anything JSON) names.

  If there is none, `fill(folder) -> notes` (a dict, JSON) writes its .npy files, images with
  write_images(). Several processes may do so at once: each fills a folder of its own, the first to
  finish renames it into place. Raises UserError if `data_dir` cannot be written.
  """
  digest = hashlib.sha256(json.dumps([VERSION, key]).encode()).hexdigest()[:16]
  folder = pathlib.Path(data_dir).expanduser() / 'decoded' / f'{name}-{digest}'
  if not folder.is_dir():
    try:
      _write(folder, fill)
    except OSError as error:
      raise errors.UserError(f'cannot write {folder} ({error}): set data.data_dir elsewhere') from error
  try:
    notes = json.loads((folder / 'notes.json').read_text())
    files = sorted(folder.glob('*.npy'))
    return {file.stem: np.load(file, mmap_mode='r', allow_pickle=False) for file in files}, notes
  except (OSError, ValueError) as error:
    raise errors.UserError(f'{folder} is damaged ({error}): delete it, it will be written anew') from error


def _write(folder, fill):
  folder.parent.mkdir(parents=True, exist_ok=True)
  for old in folder.parent.glob('.partial-*'):
    with contextlib.suppress(FileNotFoundError):  # its writer may finish just now
      if time.time() - old.stat().st_mtime > STALE:
        shutil.rmtree(old, ignore_errors=True)
  with tempfile.TemporaryDirectory(prefix='.partial-', dir=folder.parent) as partial:
    new = pathlib.Path(partial) / 'set'
    new.mkdir()
    (new / 'notes.json').write_text(json.dumps(fill(new)))
    try:
      new.rename(folder)
    except OSError:
      if not folder.is_dir():  # else another process was faster
        raise


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
    results = tqdm(_in_order(attempt, sources), 'decoding', total, unit=' images', disable=None)
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


def _in_order(function, items):
  """The results of `function` in the order of `items`, by threads that run a little ahead, PIECE at a time.

  One thread if an item takes less than SMALL: Python's lock then makes several slower than one.
  """
  items, each = iter(items), lambda piece: [function(item) for item in piece]
  begun = time.perf_counter()
  first = each(itertools.islice(items, PIECE))
  small = time.perf_counter() - begun < SMALL * len(first)
  yield from first
  workers = 1 if small else os.cpu_count() or 1
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    pending = collections.deque()
    while piece := list(itertools.islice(items, PIECE)):
      pending.append(pool.submit(each, piece))
      if len(pending) > 4 * workers:
        yield from pending.popleft().result()
    while pending:
      yield from pending.popleft().result()


def unpaired(options: ConfigDict, batch_size: int, arrays: Mapping[str, np.ndarray]) -> Dataset:
  """The Dataset of decoded arrays 'source' and 'image', as large as the larger, with an order for each."""
  paired = dataset(options, batch_size, arrays)
  return paired.replace(size=max(map(len, arrays.values())), unpaired=('image',))


def dataset(
  options: ConfigDict,
  batch_size: int,
  arrays: dict[str, np.ndarray],
  skipped: Sequence[str] = (),
  label_names: Sequence[str] = (),
  attribute_names: Sequence[str] = (),
) -> Dataset:
  """The Dataset of decoded `arrays`; names the images that were `skipped`, in one line."""
  size = len(arrays['image'])
  if skipped:
    shown = ', '.join(skipped[:3]) + (', ...' if len(skipped) > 3 else '')
    print(f'skipped {len(skipped)} of {size + len(skipped)} images that cannot be read: {shown}')
  return Dataset(
    arrays,
    size,
    batch_size,
    (*options.size, options.channels),
    flip=options.flip,
    label_names=tuple(label_names),
    attribute_names=tuple(attribute_names),
  )
