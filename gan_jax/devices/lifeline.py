"""The ties between the processes of a run: whether all live, and what they agree on.

Each has a connection to process 0, over which both give a sign of life each second. Where one is closed, as
the kernel does for a process that was killed, or nothing is heard for a while, process 0 tells the others,
and all end. JAX would notice after a minute or more, and a step that needs the others' gradients waits.
"""

import atexit
import contextlib
import os
import selectors
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

from gan_jax import errors

BEAT = 1.0  # seconds between two signs of life
GRACE = 1.0  # seconds in which what has ended another process may reach this one, too
LOST = 75  # exit status where another process has gone: EX_TEMPFAIL of sysexits.h, to be tried again
FRAME = struct.Struct('!cII')
ALIVE, VOTE, RESULT, GONE = b'.', b'v', b'r', b'x'
ENDED, SILENT, FAILED = 0, 1, 2  # how one has gone; others are the exit status of a signal
SIGNALS = (130, 143)


class Line:
  """The ties of process `index` to those in `peers`, {index: connection}: 0's to all, the others' to 0.

  A peer is lost after `silence` seconds in which it has given no sign of life. Seconds in which this process
  itself was stopped do not count.
  """

  def __init__(self, index: int, count: int, peers: dict[int, socket.socket], silence: float):
    self._index, self._total, self._peers, self._silence = index, count, peers, silence
    self._sending, self._changed = threading.Lock(), threading.Condition()
    self._asked, self._votes, self._results = 0, {}, {}  # {question: {index: number}}, {question: number}
    self._end, self._parting, self._parted, self._lost = None, False, False, None
    self._heard, self._silent = dict.fromkeys(peers, b''), dict.fromkeys(peers, 0)
    self._ears = selectors.DefaultSelector()
    for peer, sock in peers.items():
      sock.setblocking(False)
      sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
      self._ears.register(sock, selectors.EVENT_READ, peer)
    threading.Thread(target=self._watch, daemon=True).start()

  def most(self, number: int) -> int:
    """The largest of the numbers, at least 0, with which all processes call this; it waits for all."""
    with self._changed:
      self._asked += 1
      question = self._asked
      if self._index:
        self._say(VOTE, question, number)
        self._changed.wait_for(lambda: question in self._results)
        return self._results.pop(question)
      votes = self._votes.setdefault(question, {})
      self._changed.wait_for(lambda: len(votes) == self._total - 1)
      del self._votes[question]
      self._parted = self._parting
    result = max(number, *votes.values())
    self._say(RESULT, question, result)
    return result

  @contextlib.contextmanager
  def watched(self, end: Callable[[str, int], None], signalled: Callable[[], int]) -> Iterator[None]:
    """A context at whose end all wait for each other, and in which the loss of one ends this process.

    `end(line, status)` does so; status is LOST, or that of the signal that has ended the other one.
    `signalled()` is the status of the signal that has come to this one.
    """
    if self._lost:
      raise errors.UserError(self._told(*self._lost))
    self._end, self._parting, self._parted = end, False, False
    try:
      yield
      self._parting = True
      self.most(0)
    except BaseException as error:
      if isinstance(error, Exception) and not isinstance(error, errors.UserError):
        time.sleep(
          self._silence + 3 * BEAT + GRACE
        )  # if it is that another has gone, this one ends meanwhile
      by_signal = isinstance(error, KeyboardInterrupt)
      self.leave(signalled() if by_signal else FAILED)
      atexit.register(ended, signalled() if by_signal else 1)  # before JAX, which would wait for the others
      raise
    finally:
      self._end = None

  def leave(self, how: int) -> None:
    """Tells the others that this process ends: FAILED, or by a signal's status."""
    self._say(GONE, self._index, how)

  def _say(self, kind, *numbers):
    """To all peers; one that does not listen will be found to be lost."""
    with self._sending:
      for sock in list(self._peers.values()):
        with contextlib.suppress(OSError):
          sock.send(FRAME.pack(kind, *numbers))

  def _watch(self):
    beat = time.monotonic() + BEAT
    while self._peers:
      for key, _ in self._ears.select(max(0, beat - time.monotonic())):
        self._hear(key.data, key.fileobj)
      if time.monotonic() >= beat:
        beat = time.monotonic() + BEAT
        self._say(ALIVE, 0, 0)
        for peer in list(self._peers):
          self._silent[peer] += 1
          if self._silent[peer] * BEAT > self._silence:
            self._lose(peer, peer, SILENT)

  def _hear(self, peer, sock):
    try:
      said = sock.recv(4096)
    except BlockingIOError:
      return
    except OSError:
      said = b''
    self._silent[peer] = 0
    heard = self._heard[peer] + said
    whole = len(heard) - len(heard) % FRAME.size
    self._heard[peer] = heard[whole:]
    for kind, first, second in FRAME.iter_unpack(heard[:whole]):
      if kind == GONE:
        self._lose(peer, first, second)
      elif kind in (VOTE, RESULT):
        with self._changed:
          if kind == VOTE:
            self._votes.setdefault(first, {})[peer] = second
          else:
            self._results[first], self._parted = second, self._parting
          self._changed.notify_all()
    if not said:
      self._lose(peer, peer, ENDED)

  def _lose(self, peer, index, how):
    """Process `index` has gone, as is known by way of `peer`."""
    if sock := self._peers.pop(peer, None):
      self._ears.unregister(sock)
      if not self._index:
        self._say(GONE, index, how)
    if not self._lost:
      self._lost = (index, how)
      threading.Thread(target=self._finish, daemon=True).start()

  def _finish(self):
    if self._parted:
      return
    time.sleep(GRACE)
    if end := self._end:
      end(self._told(*self._lost), self._lost[1] if self._lost[1] in SIGNALS else LOST)

  def _told(self, index, how):
    what = {SILENT: f'has given no sign of life for {self._silence:g} s', FAILED: 'has ended with an error'}
    said = what.get(how, 'was interrupted' if how in SIGNALS else 'has ended')
    return (
      f'process {index} of {self._total} {said}: what was saved is whole; start all of them again to go on'
      ' from there'
    )


def ended(status: int) -> NoReturn:
  """Ends the process with this exit status, and waits for nothing."""
  sys.stdout.flush()
  sys.stderr.flush()
  os._exit(status)
