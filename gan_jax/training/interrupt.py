"""Ctrl-C as a question that the loop asks, so that it can save before it stops."""

import contextlib
import signal


class Interrupt:
  """Truthy once Ctrl-C (or a termination signal) has come; a second Ctrl-C interrupts at once."""

  def __init__(self):
    self._seen = False

  def __bool__(self):
    return self._seen

  def __enter__(self):
    with contextlib.suppress(ValueError):  # not in the main thread: nobody to interrupt
      self._old = {sign: signal.signal(sign, self._note) for sign in (signal.SIGINT, signal.SIGTERM)}
    return self

  def __exit__(self, *_):
    for sign, handler in getattr(self, '_old', {}).items():
      signal.signal(sign, handler)

  def _note(self, *_):
    if self._seen:
      raise KeyboardInterrupt
    self._seen = True
