"""Streams that may have nobody at their other end, or a full disk: Ctrl-C ends `tee`, too, before a save."""

import contextlib
import sys
from typing import Any, TextIO


class Heard:
  """A stream in which what cannot be told is lost, and is no error: what is to be saved matters more."""

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
  """From now on it is no error of this process that what it says reaches nobody."""
  sys.stdout, sys.stderr = (stream and Heard(stream) for stream in (sys.stdout, sys.stderr))


def _unheard():
  """Of a pipe that nobody reads, a terminal that was closed, a log on a disk that is full."""
  return contextlib.suppress(OSError)
