"""The memory that all threads together decode in: bytes are counted, not threads."""

import contextlib
import threading
from collections.abc import Iterator

TOTAL = 2 << 30  # bytes; one image of more is decoded alone


class Memory:
  """So many bytes, which threads take and give back."""

  def __init__(self, total: int):
    self._total, self._free, self._changed = total, total, threading.Condition()

  @contextlib.contextmanager
  def taken(self, count: int) -> Iterator[None]:
    """A context that begins once `count` bytes are free, of more than there are all of them."""
    count = min(count, self._total)
    with self._changed:
      self._changed.wait_for(lambda: self._free >= count)
      self._free -= count
    try:
      yield
    finally:
      with self._changed:
        self._free += count
        self._changed.notify_all()


MEMORY = Memory(TOTAL)
