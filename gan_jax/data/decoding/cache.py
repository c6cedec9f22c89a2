"""A decoded set on disk: a folder of .npy files, memory-mapped, there whole or not at all.

Its digests are checked at each start; one that is damaged is made anew.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import digests, regular

VERSION = 2  # raise it when decoding gives other pixels, so that old sets are not taken
NEW = 60  # seconds in which nobody takes a half-written set for a killed writer's
STALE = 24 * 3600  # after which one of another host is taken to be one, of which this kernel knows nothing


def load(
  data_dir: str | os.PathLike, name: str, key: Any, fill: Callable[[pathlib.Path], dict]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
  """(arrays by name, memory-mapped, notes) of the decoded set that `key` (anything JSON) names.

  If there is none, or it is damaged, which is said, `fill(folder) -> notes` (a dict, JSON) writes its .npy
  files, images by writing.py. Several processes may do so at once: each fills a folder of its own, the first
  to finish renames it into place. Raises UserError if `data_dir` cannot be written.
  """
  folder = pathlib.Path(data_dir).expanduser() / 'decoded' / f'{name}-{digest([VERSION, key])}'
  try:
    if folder.is_dir() and (reason := digests.damage(folder)):
      print(errors.printable(f'{folder} is damaged ({reason}): it is made anew'))
      _remove(folder)
    if not folder.is_dir():
      _write(folder, fill)
  except OSError as error:
    raise errors.UserError(f'cannot use {folder} ({error}): set data.data_dir elsewhere') from error
  try:
    notes = json.loads(regular.text(folder / 'notes.json'))
    files = sorted(folder.glob('*.npy'))
    return {file.stem: np.load(file, mmap_mode='r', allow_pickle=False) for file in files}, notes
  except (OSError, ValueError) as error:
    raise errors.UserError(f'{folder} is damaged ({error}): delete it, it will be written anew') from error


def digest(key: Any) -> str:
  """Sixteen letters and digits that tell `key`, anything JSON, from all others."""
  return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]


def _write(folder, fill):
  folder.parent.mkdir(parents=True, exist_ok=True)
  _tidy(folder.parent)
  with _partial(folder.parent) as partial:
    new = partial / 'set'
    new.mkdir()
    (new / 'notes.json').write_text(json.dumps(fill(new)))
    digests.write(new)
    try:
      new.rename(folder)
    except OSError:
      if not folder.is_dir():  # else another process was faster
        raise


def _remove(folder):
  with contextlib.suppress(FileNotFoundError), _partial(folder.parent) as aside:  # another may be faster
    folder.rename(aside / 'set')


@contextlib.contextmanager
def _partial(parent) -> Iterator[pathlib.Path]:
  """A context that gives a new folder, which the kernel knows to be this process's until it ends."""
  with tempfile.TemporaryDirectory(prefix=_prefix(), dir=parent) as partial:
    opened = os.open(partial, os.O_RDONLY)
    try:
      _held(opened)
      yield pathlib.Path(partial)
    finally:
      os.close(opened)


def _tidy(parent):
  """Removes what killed writers have left."""
  for old in parent.glob('.partial-*'):
    with contextlib.suppress(OSError):  # its writer may finish just now
      age, opened = time.time() - old.stat().st_mtime, os.open(old, os.O_RDONLY)
      here = old.name.startswith(_prefix())
      left = age > NEW and _held(opened) if here else age > STALE
      os.close(opened)
      if left:
        shutil.rmtree(old, ignore_errors=True)


def _held(opened) -> bool:
  """Whether this process holds an open folder now: another may, or the file system knows no locks."""
  try:
    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
  except OSError:
    return False
  return True


def _prefix():
  return f'.partial-{socket.gethostname()}-'


def unpaired(
  options: ConfigDict, batch_size: int, arrays: Mapping[str, np.ndarray], fingerprint: str = ''
) -> Dataset:
  """The Dataset of decoded arrays 'source' and 'image', as large as the larger, with an order for each."""
  paired = dataset(options, batch_size, arrays, fingerprint=fingerprint)
  return paired.replace(size=max(map(len, arrays.values())), unpaired=('image',))


def dataset(
  options: ConfigDict,
  batch_size: int,
  arrays: dict[str, np.ndarray],
  skipped: Sequence[str] = (),
  label_names: Sequence[str] = (),
  attribute_names: Sequence[str] = (),
  fingerprint: str = '',
) -> Dataset:
  """The Dataset of decoded `arrays`; names the images that were `skipped`, in one line."""
  size = len(arrays['image'])
  if skipped:
    shown = ', '.join(skipped[:3]) + (', ...' if len(skipped) > 3 else '')
    line = f'skipped {len(skipped)} of {size + len(skipped)} images that cannot be read: {shown}'
    print(errors.printable(line))
  return Dataset(
    arrays,
    size,
    batch_size,
    (*options.size, options.channels),
    flip=options.flip,
    label_names=tuple(label_names),
    attribute_names=tuple(attribute_names),
    fingerprint=fingerprint,
  )
