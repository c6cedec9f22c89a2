"""Files that grow while a run trains: what cannot be written now waits in memory, and no line is a half."""

import contextlib
import os
import sys
import threading
from pathlib import Path

from tqdm import tqdm

from gan_jax import errors
from gan_jax.runs import files, lock

MOST = 64 << 20  # bytes that wait; what comes then is lost


class Appended:
  """A file of a run's `folder`, to which pieces are appended, each there whole or not at all.

  Where the disk is full, read-only or gone, this is told once; the pieces wait, and each new one tries again.
  """

  def __init__(self, path: Path, folder: Path, kept: bytes = b''):
    """`kept` is what the file has instead of what it had."""
    self._path, self._folder, self._using = path, folder, threading.Lock()
    self._size, self._waiting, self._failing = 0, [], False
    self.begin(kept)

  def content(self) -> bytes:
    """What it has, or is to have. Raises UserError."""
    with self._using:
      try:
        kept = self._path.read_bytes()[: self._size] if self._kept is None else self._kept
      except OSError as error:
        raise errors.UserError(f'{self._path} cannot be read: {error.strerror}') from error
      return b''.join([kept, *self._waiting])

  def begin(self, kept: bytes) -> None:
    """Has this in the file, and nothing else."""
    with self._using:
      self._kept, self._waiting = kept, []
      self._try()

  def write(self, piece: bytes) -> None:
    """Appends a piece, now or later."""
    with self._using:
      if sum(map(len, self._waiting)) + len(piece) <= MOST:
        self._waiting.append(piece)
      self._try()

  def sync(self) -> None:
    """Has all that is written on the disk, as far as the disk can."""
    with self._using, contextlib.suppress(OSError):
      files.sync(self._path)

  def close(self) -> None:
    """Tries a last time, and tells how many pieces are lost."""
    with self._using:
      self._try()
      if self._kept is not None or self._waiting:
        self._tell(f'{self._path}: {len(self._waiting)} rows are lost, for they cannot be written')

  def _try(self):
    try:
      lock.check(self._folder)
      self._put()
    except (OSError, errors.UserError) as error:
      if not self._failing:
        reason = getattr(error, 'strerror', None) or error
        self._tell(f'{self._path} cannot be written ({reason}): what it lacks waits; training goes on')
      self._failing = True
    else:
      if self._failing:
        self._tell(f'{self._path} has what it lacked')
      self._failing = False

  def _put(self):
    if self._kept is not None:
      files.write_whole(self._path, self._kept)
      self._size, self._kept = len(self._kept), None
    if not self._waiting:
      return
    pieces = b''.join(self._waiting)
    file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    try:
      self._size = min(self._size, os.fstat(file).st_size)
      os.ftruncate(file, self._size)  # without what a failure has left of a piece
      done = 0
      while done < len(pieces):
        done += os.write(file, pieces[done:])
    finally:
      os.close(file)
    self._size, self._waiting = self._size + len(pieces), []

  def _tell(self, line):
    tqdm.write(errors.printable(line), file=sys.stderr)
