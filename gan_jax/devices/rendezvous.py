"""Processes wait for each other before JAX does: if one is missing, its own wait kills the rest."""

import socket
import time

from gan_jax import errors

PAUSE = 0.2  # seconds between two knocks


def meet(address: str, count: int, index: int, timeout: float) -> None:
  """Returns once all `count` processes are at `address` (host:port of process 0).

  Raises UserError after `timeout` seconds, with the processes that have not come.
  """
  host, _, port = address.rpartition(':')
  if not host or not port.isdigit():
    raise errors.UserError(f'parallel.coordinator={address}: write host:port')
  deadline = time.monotonic() + timeout
  if index == 0:
    _receive(address, int(port), count, deadline, timeout)
  else:
    _knock(address, (host, int(port)), index, deadline, timeout)


def _receive(address, port, count, deadline, timeout):
  """Process 0: takes the others in, and sends them on when they are complete."""
  arrived = {}
  try:
    with socket.create_server(('', port), backlog=count) as server:
      while len(arrived) < count - 1:
        server.settimeout(max(deadline - time.monotonic(), 0.001))
        visitor = server.accept()[0]
        visitor.settimeout(max(deadline - time.monotonic(), 0.001))
        arrived[int(visitor.recv(16) or b'0')] = visitor
    for visitor in arrived.values():
      visitor.sendall(b'go')
  except TimeoutError:
    missing = ', '.join(str(i) for i in range(1, count) if i not in arrived)
    raise errors.UserError(
      f'parallel.coordinator={address}: of {count} processes these have not come in {timeout} s: {missing}'
    ) from None
  except OSError as error:
    raise errors.UserError(f'parallel.coordinator={address}: {error}') from error
  finally:
    for visitor in arrived.values():
      visitor.close()


def _knock(address, place, index, deadline, timeout):
  """Another process: knocks until it is let in, then waits for the rest."""
  while time.monotonic() < deadline:
    try:
      with socket.create_connection(place, timeout=max(deadline - time.monotonic(), 0.001)) as door:
        door.sendall(str(index).encode())
        if door.recv(2) == b'go':
          return
    except socket.gaierror as error:
      raise errors.UserError(f'parallel.coordinator={address}: {error}') from error
    except OSError:
      pass
    time.sleep(PAUSE)
  raise errors.UserError(
    f'parallel.coordinator={address}: process 0 is not there, or not all others are, after {timeout} s'
  )
