"""Streams that may have nobody at their other end: Ctrl-C ends `tee`, too, before a run has saved."""

import contextlib
import errno
import sys
from typing import Any, TextIO

GONE = (errno.EPIPE, errno.EIO)  # a pipe that nobody reads; a terminal that was closed


class Heard:
  """A stream in which what nobody is there to read is lost, and is no error."""

  def __init__(self, stream: TextIO):
    self._stream = stream

  def __getattr__(self, name: str) -> Any:
    return getattr(self._stream, name)

  def write(self, text: str) -> int:
    """The length of the text."""
    with _unheard():
      self._stream.write(text)
    return len(text)

  def flush(self) -> None:
    """Sends what was written."""
    with _unheard():
      self._stream.flush()


def install() -> None:
  """From now on it is no error of this process that nobody reads what it says."""
  sys.stdout, sys.stderr = (stream and Heard(stream) for stream in (sys.stdout, sys.stderr))


@contextlib.contextmanager
def _unheard():
  try:
    yield
  except OSError as error:
    if error.errno not in GONE:
      raise
