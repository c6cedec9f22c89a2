"""Signals that end a process: what there is to save is saved first; a second signal ends it at once.

This file uses no other, so that it can be at work before the libraries are loaded.
"""

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

SIGNS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, 'SIGHUP') else []))
ENDS = tuple(sign for sign in SIGNS if sign != signal.SIGINT)  # a session that ends sends both at once
PATIENCE = 3.0  # seconds that what runs outside of Python's reach, a compiler say, has to come back
LAST = 2.0  # seconds for what is done `at_end`
ECHO = 0.5  # seconds in which a signal that comes again is the same: `timeout` tells a process and its group
_saving = threading.Event()  # while an Interrupt is there to save
_noted = threading.Event()  # it has heard a signal
_asked = threading.Event()  # one has come where there was nothing to save
_first = []  # (signal, time) of the first that has come, or nothing
_ending = threading.Lock()
_last = []  # what is done at an end that is not waited for


class Stopped(KeyboardInterrupt):
  """The first signal has come in what it may break off."""


class Interrupt:
  """Truthy once Ctrl-C (or another of SIGNS) has come; a second one interrupts at once."""

  def __init__(self):
    self._seen, self._breaks, self._came, self._told = False, False, 0.0, False
    self.seconds = None  # from the signal to the save

  def __bool__(self):
    return self._seen

  @contextlib.contextmanager
  def breaking(self) -> Iterator[None]:
    """A context that the first signal breaks off, by Stopped."""
    self._breaks = True
    try:
      if self._seen:
        raise Stopped
      yield
    finally:
      self._breaks = False

  def saved(self) -> None:
    """What there was to save is saved now."""
    if self._seen and self.seconds is None:
      self.seconds = time.monotonic() - self._came

  def __enter__(self):
    with contextlib.suppress(ValueError):  # not in the main thread: nobody to interrupt
      self._old = _handle(self._note)
      _saving.set()
    if _asked.is_set():  # what it raised was lost, in a hook on garbage collections say
      self._seen, self._came = True, time.monotonic()
      _noted.set()
    return self

  def __exit__(self, *_):
    _saving.clear()
    for sign, handler in getattr(self, '_old', {}).items():
      signal.signal(sign, handler)

  @property
  def status(self) -> int:
    """The exit status of the signal that has come; 0 if none has."""
    return status() if self._seen else 0

  def hear(self, status: int) -> bool:
    """Whether the processes of a run stop, by the exit status that they agree on: 0 if they do not."""
    if status and not self._seen:
      _remember(signal.SIGINT if status == 130 else signal.SIGTERM)
      self._seen, self._came, self._told = True, time.monotonic(), True
    return bool(status)  # a signal meanwhile is for the next time: others would wait for one that stops alone

  def _note(self, sign, _):
    if self._seen:
      if _again(sign) or self._told:  # who ends all processes of a run tells them one after another
        self._told = False
        return
      raise KeyboardInterrupt
    _remember(sign)
    _noted.set()
    self._seen, self._came = True, time.monotonic()
    if self._breaks:
      raise Stopped


def install(line: str) -> None:
  """From now on signals end this process within seconds, by KeyboardInterrupt or, if need be, without it.

  `line` is then told, by `end`.
  """

  raised = []  # by this handler; `_watch` may have heard of the signal before

  def interrupt(sign, _):
    if raised and _again(sign):
      return
    raised.append(sign)
    _remember(sign)
    _asked.set()
    raise KeyboardInterrupt

  atexit.register(_ignore)  # it is the last that is called
  with contextlib.suppress(ValueError):
    _handle(interrupt)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reader, line), daemon=True).start()
    told = sys.unraisablehook
    # Where what is raised goes on all the same, in a hook on garbage collections say, `_watch` ends it.
    sys.unraisablehook = lambda found: None if issubclass(found.exc_type, KeyboardInterrupt) else told(found)


def over(line: str) -> None:
  """From now on, when all is done, a signal ends the process with this line, and raises nothing."""

  def late(sign, _):
    if not _first or not _again(sign):
      _remember(sign)
      end(line)

  with contextlib.suppress(ValueError):
    _handle(late)


def end(line: str, code: int | None = None) -> NoReturn:
  """Ends the process with this line and status, that of the signal if one has come; it waits for no thread.

  An ordinary end waits for what is being compiled, and then crashes in XLA.
  """
  if not _ending.acquire(blocking=False):
    threading.Event().wait()  # another thread is at it
  code = status() if _first or code is None else code
  with contextlib.suppress(Exception):
    print(line, file=sys.__stderr__, flush=True)  # also where a log has the place of stderr
    sys.stdout.flush()
  acting = threading.Thread(target=_act, args=(code,), daemon=True)
  acting.start()
  acting.join(LAST)
  os._exit(code)


@contextlib.contextmanager
def at_end(act: Callable[[int], object]) -> Iterator[None]:
  """A context in which act(exit status) is called where `end` ends the process, which waits LAST seconds."""
  _last.append(act)
  try:
    yield
  finally:
    _last.remove(act)


def _act(code):
  for act in reversed(_last):
    with contextlib.suppress(Exception):
      act(code)


def status() -> int:
  """The exit status of a process that a signal has ended: 130 of Ctrl-C, 143 of the others."""
  return 130 if not _first or _first[0][0] == signal.SIGINT else 143


def _remember(sign):
  """The first signal of the process, and when it came."""
  if not _first:
    _first.append((sign, time.monotonic()))


def _again(sign):
  """Whether a signal is the first one once more, sent twice at once and no second wish."""
  first, came = _first[0]
  same = first == sign or (first in ENDS and sign in ENDS)
  return same and time.monotonic() - came < ECHO


def _watch(reader, line):
  """Ends the process if the main thread does not, though a signal has come; it may not see it for minutes."""
  count = 0
  while sent := os.read(reader, 1):
    if sent[0] not in SIGNS:
      continue
    if count and _again(sent[0]):
      continue
    _remember(sent[0])
    count += 1
    saves = count == 1 and (_saving.is_set() or _noted.is_set())  # it may have been saved by now
    if not saves:
      threading.Timer(*((0.5, end) if count > 1 else (PATIENCE, _end_unless_saving)), (line,)).start()


def _end_unless_saving(line):
  if not (_saving.is_set() and _noted.is_set()):
    end(line)


def _ignore():
  """What is left is to free memory; Python would have signals kill it there, with a status of their own."""
  with contextlib.suppress(ValueError):
    _handle(signal.SIG_IGN)


def _handle(handler: Callable) -> dict:
  """{signal: what it did before} of those that `handler` is given now; nohup's are left alone."""
  taken = [sign for sign in SIGNS if sign == signal.SIGINT or signal.getsignal(sign) != signal.SIG_IGN]
  return {sign: signal.signal(sign, handler) for sign in taken}
