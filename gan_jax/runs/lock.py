"""One writer: the process that trains a run holds a file in its folder, which says who it is.

Of processes of one host the kernel knows which holds it, and lets go of it when that one ends. Of another
host a process is there as long as its heart beats: the time of the file moves on.
"""

import contextlib
import datetime
import errno
import fcntl
import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

from gan_jax import errors
from gan_jax.data.decoding import regular

NAME = 'lock'
HOST = socket.gethostname()  # as it is called now: a network may give a host another name while it trains
STARTED = datetime.datetime.fromtimestamp(time.time()).isoformat(' ', 'seconds')
BEAT, STALE = 10.0, 60.0  # seconds: between two beats; without one after which a process is held for dead
NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)  # of a file system that has none
_taken = {}  # {a folder whose lock this process holds: which folder that was}


class Lock:
  """A context in which no other process trains the run in `folder`. Raises UserError, which says who does."""

  def __init__(self, folder: Path):
    self.path = folder / NAME
    self._stopped = threading.Event()

  def __enter__(self):
    try:
      self.path.parent.mkdir(parents=True, exist_ok=True)
      self._file = self._opened()
    except OSError as error:
      raise errors.UserError(f'{self.path} cannot be written: {error.strerror}') from error
    _taken[self.path.parent] = _identity(self.path.parent)
    threading.Thread(target=self._beat, daemon=True).start()
    return self

  def __exit__(self, *_):
    self.release()

  def release(self) -> None:
    """Lets another process train the run; again does nothing."""
    if self._stopped.is_set():
      return
    self._stopped.set()
    _taken.pop(self.path.parent, None)
    with contextlib.suppress(OSError):
      if self._mine() and os.path.samestat(os.fstat(self._file), self.path.stat()):
        self.path.unlink()
    os.close(self._file)

  def _opened(self):
    """The descriptor of the file, which is locked and has the name of this process."""
    while True:
      file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
      try:
        self._take(file)
        if os.path.samestat(os.fstat(file), self.path.stat()):
          return file
      except FileNotFoundError:  # its holder has just removed it
        pass
      except BaseException:
        os.close(file)
        raise
      os.close(file)

  def _take(self, file):
    holder = _read(file)
    try:
      fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
      elsewhere = holder.get('host', HOST) != HOST
    except BlockingIOError:
      raise self._held(holder) from None
    except OSError as error:
      if error.errno not in NO_LOCKS:
        raise
      elsewhere = bool(holder)  # there is a heartbeat alone
    if elsewhere and self._now() - os.fstat(file).st_mtime < STALE:
      raise self._held(holder)
    self._me = _this_process()
    os.ftruncate(file, 0)
    os.pwrite(file, json.dumps(self._me).encode(), 0)

  def _mine(self):
    """Whether no other host has taken it, because this one was away for too long."""
    return _read(self._file) == self._me

  def _held(self, holder):
    who = 'process {pid} on {host}, since {started}'.format(**{**_this_process(), **holder})
    return errors.Busy(
      f'{self.path.parent} is being trained by {who if holder else "another process"}: wait for its end, or'
      ' train in another --workdir'
    )

  def _now(self):
    """The time as the file system has it: clocks of hosts differ."""
    probe = self.path.with_name(f'{NAME}.{os.getpid()}')
    try:
      probe.write_bytes(b'')
      return probe.stat().st_mtime
    finally:
      probe.unlink(missing_ok=True)

  def _beat(self):
    while not self._stopped.wait(BEAT):
      with contextlib.suppress(OSError):
        if self._mine():
          os.utime(self._file)


def check(folder: Path) -> None:
  """Raises OSError where a run's folder was moved or removed, or where another process has begun one."""
  if not folder.is_dir() or _taken.get(folder) not in (None, _identity(folder)):
    raise FileNotFoundError(errno.ENOENT, 'it was moved or removed', str(folder))
  try:
    holder = json.loads(regular.text(folder / NAME))
    if isinstance(holder, dict) and {**holder, **_this_process()} != holder:
      raise OSError(errno.EBUSY, f'process {holder["pid"]} on {holder["host"]} has it now', str(folder))
  except (FileNotFoundError, ValueError, KeyError):
    pass  # a lock that is no more holds nobody off


def _this_process() -> dict[str, Any]:
  return {'pid': os.getpid(), 'host': HOST, 'started': STARTED}


def _identity(folder: Path) -> tuple[int, int]:
  """What tells a folder from another that has its name later."""
  found = folder.stat()
  return found.st_dev, found.st_ino


def _read(file) -> dict[str, Any]:
  try:
    found = json.loads(os.pread(file, 10_000, 0))
    return found if isinstance(found, dict) else {}
  except ValueError:
    return {}


def wait(folder: Path, patience: float = 2 * STALE) -> None:
  """Returns once no process trains the run in `folder`: of a host that is lost the lock is there for a while.

  Raises UserError if one does still after so many seconds.
  """
  end = time.monotonic() + patience
  while folder.is_dir():
    try:
      with Lock(folder):
        return
    except errors.Busy:
      if time.monotonic() > end:
        raise
    time.sleep(1)
