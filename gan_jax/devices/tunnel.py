"""Tunnels: JAX's coordination service believes everybody, so it listens in a private folder, in no network.

What other processes say to it comes in through the door of process 0. And where process 0 has gone, JAX would
end them at once, with a page of text: a tunnel does not tell it, so that lifeline.py can end them first.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SIZE = 65_536  # bytes that are passed on at once
PATIENCE, PAUSE = 30.0, 0.05  # seconds in which a service has to be there, and between two looks
_open = []  # ends that are not told when the other one is closed: one that nothing holds would be closed, too


@contextlib.contextmanager
def dug(place: Path, enter: Callable[[], socket.socket]) -> Iterator[None]:
  """A context in which who connects to the socket `place` is connected to what `enter` gives; it lasts."""

  def accept():
    with contextlib.suppress(OSError):
      while True:
        guest = server.accept()[0]
        threading.Thread(target=join, args=(guest, enter(), False), daemon=True).start()

  with socket.socket(socket.AF_UNIX) as server:
    server.bind(str(place))
    server.listen()
    threading.Thread(target=accept, daemon=True).start()
    yield
    with contextlib.suppress(OSError):
      server.shutdown(socket.SHUT_RDWR)


def connected(place: Path) -> socket.socket:
  """A connection to the service at the socket `place`, once it is there. Raises OSError."""
  deadline = time.monotonic() + PATIENCE
  while True:
    service = socket.socket(socket.AF_UNIX)
    try:
      service.connect(str(place))
      return service
    except OSError:
      service.close()
      if time.monotonic() > deadline:
        raise
    time.sleep(PAUSE)


def join(near: socket.socket, far: socket.socket, tells: bool = True) -> None:
  """Passes on what comes, both ways, until one end is closed; of `far` `near` is told so if it `tells`."""
  if not tells:
    _open.append(near)
  for one in (near, far):
    one.settimeout(None)
  threading.Thread(target=_pass_on, args=(near, far, True), daemon=True).start()
  _pass_on(far, near, tells)


def _pass_on(source, target, tells):
  with contextlib.suppress(OSError):
    while said := source.recv(SIZE):
      target.sendall(said)
  if tells:
    with contextlib.suppress(OSError):
      target.shutdown(socket.SHUT_RDWR)
