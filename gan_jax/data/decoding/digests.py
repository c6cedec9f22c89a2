"""Digests of the files of a folder, block by block: of large ones some can be checked in a moment."""

import concurrent.futures
import hashlib
import json
import os
import random
from pathlib import Path

from gan_jax import errors
from gan_jax.data.decoding import regular

NAME = 'digests.json'
BLOCK = 4 << 20  # bytes
MOST = 256 << 20  # bytes that are checked at a time: a second's work of one core or two


def write(folder: Path) -> None:
  """Writes the digests of all files of a folder, which are on the disk when this returns. Raises OSError."""
  files = {}
  for path in sorted(folder.iterdir()):
    with regular.opened(path) as file:
      size = os.fstat(file.fileno()).st_size
      files[path.name] = {'bytes': size, 'sha256': [_block(file, k) for k in range(_count(size))]}
      os.fsync(file.fileno())
  with open(folder / NAME, 'w') as file:
    file.write(json.dumps({'files': files, 'sha256': _of(files)}))
    file.flush()
    os.fsync(file.fileno())


def damage(folder: Path, most: int = MOST) -> str:
  """What of the files of a folder is not as it was written, '' of a sound one.

  Names, sizes and the first block of each are looked at, and of all others as many as `most` bytes have, by
  chance, so that many starts see all of them. Raises OSError for what may be sound, and cannot be read now.
  """
  try:
    record = json.loads(regular.text(folder / NAME))
    files = record['files']
    if record['sha256'] != _of(files):
      return f'{NAME} is another'
    if others := {path.name for path in folder.iterdir() if path.name[0] != '.'} ^ {NAME, *files}:
      return f'{min(others)} is missing, or none of its files'
    for name, known in files.items():
      if (folder / name).stat().st_size != known['bytes']:
        return f'{name} has not {known["bytes"]:,} bytes'
    return _blocks(folder, files, most // BLOCK)
  except OSError as error:
    if error.errno in errors.UNREADABLE:
      raise
    return f'{Path(str(error.filename or NAME)).name}: {error.strerror}'
  except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
    return f'{NAME} is no record of digests'


def _blocks(folder, files, most):
  every = [(name, k) for name, known in files.items() for k in range(len(known['sha256']))]
  others = [block for block in every if block[1]]
  chosen = [block for block in every if not block[1]] + random.sample(others, min(most, len(others)))

  def sound(block):
    name, k = block
    with regular.opened(folder / name) as file:
      return _block(file, k) == files[name]['sha256'][k]

  with concurrent.futures.ThreadPoolExecutor() as pool:
    for (name, _), well in zip(chosen, pool.map(sound, chosen), strict=True):
      if not well:
        return f'the digest of {name} is another'
  return ''


def _block(file, k):
  return hashlib.sha256(os.pread(file.fileno(), BLOCK, k * BLOCK)).hexdigest()


def _count(size):
  return -(-size // BLOCK)


def _of(files):
  return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
