"""Files that a reader, or a crash, never meets half-written."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, PngImagePlugin

from gan_jax import errors
from gan_jax.data.decoding import regular

NOTE = 'Description'  # the PNG keyword of what `save_png` notes
PARTIAL = '.partial'  # ends the name of a file that is being written
STILL = 60.0  # seconds after which one that does not grow is what a kill has left


@contextlib.contextmanager
def whole(path: Path, synced: bool = True) -> Iterator[Path]:
  """A context that gives the path to write to; the file is called `path` once all of it is there.

  If `synced`, all of it is on the disk before it has its name, so that a power cut leaves no half of it.
  Raises UserError where nothing can be written: no space, no right to, a file in the place of a folder.
  """
  partial = path.with_name(f'{path.name}.{os.getpid()}{PARTIAL}')  # two processes may write the same file
  try:
    path.parent.mkdir(parents=True, exist_ok=True)
    yield partial
    if synced:
      sync(partial)
    partial.replace(path)
  except OSError as error:
    raise errors.UserError(f'{path} cannot be written: {error}') from error
  finally:
    with contextlib.suppress(OSError):
      partial.unlink()


def write_whole(path: Path, content: str | bytes) -> None:
  """Writes a file, which is on the disk when this returns."""
  with whole(path) as partial:
    partial.write_bytes(content.encode() if isinstance(content, str) else content)
  with contextlib.suppress(OSError):
    sync(path.parent)


def unused(path: Path) -> Path:
  """The path, or where there is something NAME-1.SUFFIX, NAME-2.SUFFIX, ..."""
  found, count = path, 0
  while found.exists():
    count += 1
    found = path.with_name(f'{path.stem}-{count}{path.suffix}')
  return found


def tidy(folder: Path) -> None:
  """Removes what a kill has left of files that were being written to a folder."""
  for path in folder.glob(f'*{PARTIAL}'):
    with contextlib.suppress(OSError):
      if path.is_file() and time.time() - path.stat().st_mtime > STILL:
        path.unlink()


def sync(path: Path) -> None:
  """Returns once a file, or the names in a folder, are on the disk. Raises OSError."""
  opened = os.open(path, os.O_RDONLY)
  try:
    os.fsync(opened)
  finally:
    os.close(opened)


def save_png(path: Path, pixels: UInt8[np.ndarray, 'H W C'], fast: bool = False, note: str = '') -> None:
  """Writes pixels, of 1, 3 or 4 channels, as a PNG; `fast`, for many, spends less time on making it small
  and does not wait for the disk.

  The `note` is kept in the file, see `note_of`.
  """
  image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
  facts = PngImagePlugin.PngInfo()
  if note:
    facts.add_text(NOTE, note)
  with whole(path, synced=not fast) as partial:
    image.save(partial, format='PNG', pnginfo=facts, **({'compress_level': 1} if fast else {}))


def note_of(path: Path) -> str:
  """The note that `save_png` has left in a file; '' for any other file."""
  try:
    with regular.opened(path) as file, Image.open(file, formats=['PNG']) as image:
      return image.info.get(NOTE, '')
  except Exception:  # on damaged files Pillow raises nearly every kind there is
    return ''


def load_png(path: Path) -> UInt8[np.ndarray, 'H W 3']:
  """The pixels of a PNG in RGB. Raises UserError for any other file."""
  try:
    with regular.opened(path) as file, Image.open(file, formats=['PNG']) as image:
      return np.asarray(image.convert('RGB'))
  except Exception as error:  # as above
    raise errors.UserError(f'{path} cannot be read as a PNG ({errors.reason(error)})') from error


def is_png(path: Path) -> bool:
  """Whether `load_png` reads a file."""
  with contextlib.suppress(errors.UserError):
    return bool(load_png(path).size)
  return False


def save_npz(path: Path, **arrays: np.ndarray) -> None:
  """Writes arrays by name, compressed."""
  with whole(path) as partial, open(partial, 'wb') as file:
    np.savez_compressed(file, **arrays)
