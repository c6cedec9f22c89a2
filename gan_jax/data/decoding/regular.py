"""Files, read only where they are files: who reads a pipe or a device may wait for ever."""

import errno
import io
import os
import stat
from pathlib import Path
from typing import BinaryIO

from gan_jax.errors import UserError

LONGEST = 1 << 30  # bytes of a text, or of an image


def opened(path: str | os.PathLike) -> BinaryIO:
  """The file at a path, or at the end of its links, open to be read. Raises OSError for all that is none."""
  _refuse(path, os.stat(path))  # before it is opened, which devices may take for more
  file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe that came just now opens at once
  try:
    _refuse(path, os.fstat(file))
    return os.fdopen(file, 'rb')
  except BaseException:
    os.close(file)
    raise


def check_length(file: BinaryIO | io.BufferedIOBase) -> None:
  """Raises OSError for an open file of more than LONGEST bytes."""
  size = file.seek(0, os.SEEK_END)
  file.seek(0)
  if size > LONGEST:
    raise OSError(errno.EFBIG, f'more than {LONGEST:,} bytes')


def text(path: str | os.PathLike, encoding: str = 'utf-8', errors: str = 'strict') -> str:
  """What a file has, LONGEST bytes at most. Raises OSError, and UnicodeDecodeError for what is no text."""
  with opened(path) as file:
    found = file.read(LONGEST + 1)
  if len(found) > LONGEST:
    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
  return found.decode(encoding, errors)


def lines(path: Path) -> list[str]:
  """The lines of a file, signs that are no text replaced; none where there is none.

  Raises UserError for one that cannot be read: who took it for empty might write that over it.
  """
  try:
    return text(path, errors='replace').splitlines()
  except FileNotFoundError:
    return []
  except OSError as error:
    raise UserError(f'{path} cannot be read: {error.strerror}') from error


def _refuse(path, status):
  if stat.S_ISDIR(status.st_mode):
    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
  if not stat.S_ISREG(status.st_mode):
    raise OSError(errno.EINVAL, 'a pipe or a device, no file', str(path))
