"""Whether a state can be saved between SIGTERM and SIGKILL, checkpoint.grace_s apart."""

import time
from collections.abc import Callable

RATE = 1e8  # bytes a second that are hashed and written, until a save has been seen
LOOKED = 3  # dispatches that tell how long one takes


class Grace:
  """Looks at how long dispatches and saves take, and tells once if they may take longer than `seconds`.

  A signal is heard between dispatches, and one more may wait in line; then the state of `size` bytes is
  copied and written.
  """

  def __init__(self, seconds: float, size: int, notice: Callable[[str], None]):
    self._seconds, self._notice = seconds, notice
    self._write, self._last, self._took, self._told = size / RATE, None, [], False

  def dispatched(self, count: int) -> None:
    """Another dispatch, of `count` steps, has come to its end."""
    now = time.monotonic()
    if self._last is not None and len(self._took) < LOOKED:
      self._took.append((now - self._last) / count)
      if len(self._took) == LOOKED:
        self._tell(count)
    self._last, self._count = now, count

  def saved(self, seconds: float) -> None:
    """A save has taken so long; 0: none has come to its end yet."""
    if not seconds:
      return
    self._write = seconds
    if len(self._took) == LOOKED:
      self._tell(self._count)

  def _tell(self, count):
    steps = 2 * count * min(self._took)  # others waited for pictures and scores, which a signal does not
    if steps + self._write > self._seconds and not self._told:
      self._told = True
      self._notice(
        f'a save after SIGTERM may take {steps + self._write:.0f} s, {steps:.0f} for {2 * count} steps and'
        f' {self._write:.0f} to write, and checkpoint.grace_s={self._seconds:g}: allow more time, or what is'
        ' lost are the steps since the last checkpoint'
      )
