"""Processes of a run meet: process 0 listens until all have come, and no longer.

Who cannot prove that it is of the run (see handshake.py), a scanner of ports or a browser, is sent away.
"""

import contextlib
import errno
import ipaddress
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from gan_jax import errors
from gan_jax.devices import tunnel
from gan_jax.devices.handshake import LINE, OTHERS, TUNNEL, TWICE, YES, Refused, challenge, enter, prove

PAUSE = 0.2  # seconds between two knocks
GUESTS = 64  # who may be about to prove themselves at a time
GO = b'g'  # says process 0 when all are there


class Door:
  """Process 0's: a context in which others are let in. Raises UserError for an address that is taken."""

  def __init__(self, address: str, secret: bytes, count: int, service: Path):
    """`service` is the socket to which tunnels lead."""
    self._address, self._secret, self._count, self._service = address, secret, count, service
    self._lines, self._twice, self._changed = {}, set(), threading.Condition()
    self._closed, self._room = threading.Event(), threading.BoundedSemaphore(GUESTS)
    try:
      self._server = listening(*parsed(address))
    except OSError as error:
      taken = ': another process 0, or another program, has it' if error.errno == errno.EADDRINUSE else ''
      raise errors.UserError(f'parallel.coordinator={address}: {os.strerror(error.errno)}{taken}') from error
    threading.Thread(target=self._open, daemon=True).start()

  def __enter__(self):
    return self

  def __exit__(self, *_):
    self._closed.set()
    with contextlib.suppress(OSError):
      self._server.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for guests
    self._server.close()

  def lines(self, timeout: float) -> dict[int, socket.socket]:
    """{index: connection} once all others are there. Raises UserError, with those that are not."""
    with self._changed:
      if self._changed.wait_for(self._complete, timeout):
        for line in self._lines.values():
          with contextlib.suppress(OSError):
            line.sendall(GO)
        return dict(self._lines)
      missing = ', '.join(str(i) for i in range(1, self._count) if i not in self._lines)
      twice = ''.join(f'; process_id={index} came twice' for index in sorted(self._twice))
    raise errors.UserError(
      f'parallel.coordinator={self._address}: of {self._count} processes these have not come in'
      f' {timeout:g} s: {missing}{twice}'
    )

  def _complete(self):
    self._lines = {index: line for index, line in self._lines.items() if not _left(line)}
    return len(self._lines) == self._count - 1

  def _open(self):
    while not self._closed.is_set():
      try:
        guest = self._server.accept()[0]
      except OSError:  # too many files are open, say: strangers go again
        self._closed.wait(PAUSE)
        continue
      if self._room.acquire(blocking=False):
        threading.Thread(target=self._receive, args=(guest,), daemon=True).start()
      else:
        guest.close()

  def _receive(self, guest):
    try:
      try:
        nonce, purpose, index, count = challenge(guest, self._secret)
      finally:
        self._room.release()
      with self._changed:
        verdict = self._verdict(purpose, index, count)
        guest.sendall(verdict + prove(self._secret, nonce, verdict))
        if verdict == YES and purpose == LINE:
          guest.setblocking(False)
          self._lines[index] = guest
          self._changed.notify_all()
      if verdict == YES and purpose == TUNNEL:
        tunnel.join(guest, tunnel.connected(self._service))
      elif verdict != YES:
        guest.close()
    except (OSError, Refused):
      guest.close()

  def _verdict(self, purpose, index, count):
    if count != self._count or not 0 < index < count:
      return OTHERS
    if purpose == LINE and index in self._lines and not _left(self._lines[index]):
      self._twice.add(index)
      return TWICE
    return YES


def knock(
  address: str, secret: Callable[[], bytes], index: int, count: int, timeout: float, purpose: bytes = LINE
) -> socket.socket:
  """The connection of another process to process 0, once it is let in.

  `secret` gives what both know, and raises Refused while it is not there. Raises UserError after `timeout`
  seconds, with the reason.
  """
  place, why, deadline = parsed(address), 'process 0 is not there', time.monotonic() + timeout
  while time.monotonic() < deadline:
    try:
      return enter(place, secret(), index, count, purpose)
    except socket.gaierror as error:
      raise errors.UserError(f'parallel.coordinator={address}: {error.strerror}') from error
    except Refused as error:
      why = str(error)
    except OSError:
      pass
    time.sleep(PAUSE)
  raise errors.UserError(f'parallel.coordinator={address}: {why}, after {timeout:g} s')


def come(address: str, secret: Callable[[], bytes], index: int, count: int, timeout: float) -> socket.socket:
  """The line of another process to process 0, once all are there. Raises UserError after `timeout` s."""
  begun = time.monotonic()
  line = knock(address, secret, index, count, timeout)
  line.settimeout(max(0.001, timeout - (time.monotonic() - begun)))
  with contextlib.suppress(OSError):
    if line.recv(1) == GO:
      return line
  line.close()
  raise errors.UserError(f'parallel.coordinator={address}: not all others are there, after {timeout:g} s')


def parsed(address: str) -> tuple[str, int]:
  """(host, port) of 'host:port'. Raises UserError."""
  host, _, port = address.rpartition(':')
  if not host or not port.isdigit() or int(port) > 65535:
    raise errors.UserError(f'parallel.coordinator={address}: write host:port')
  return host.strip('[]'), int(port)


def listening(host: str, port: int) -> socket.socket:
  """A server at that address alone. Raises OSError.

  It is at all addresses of this machine for a name that it does not know as its own: that of a gateway before
  it, or its own where that means the loopback to itself.
  """
  family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
  by_name = host != 'localhost' and not _is_address(host)
  if not (by_name and ipaddress.ip_address(place[0]).is_loopback):
    try:
      return socket.create_server(place[:2], family=family)
    except OSError as error:
      if error.errno != errno.EADDRNOTAVAIL:
        raise
  return socket.create_server(('', port))


def _is_address(host):
  with contextlib.suppress(ValueError):
    return bool(ipaddress.ip_address(host))
  return False


def _left(line):
  """Whether who waits at the other end, and says nothing yet, has gone."""
  try:
    return line.recv(1, socket.MSG_PEEK) == b''
  except BlockingIOError:
    return False
  except OSError:
    return True
