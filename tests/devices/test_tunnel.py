"""What is said to a socket comes out at another, by way of a connection that was let in."""

import socket
import threading
import time

import pytest

from gan_jax.devices import handshake, tunnel


@pytest.fixture
def service(tmp_path):
  """(the place of a service, what accepts who comes)."""
  with socket.socket(socket.AF_UNIX) as server:
    server.bind(str(tmp_path / 'service'))
    server.listen()
    server.settimeout(20)
    yield tmp_path / 'service', lambda: server.accept()[0]


def entered(service):
  """One end of a connection whose other end leads to a service, as at the door of process 0."""
  outside, inside = socket.socketpair()
  threading.Thread(target=tunnel.join, args=(inside, tunnel.connected(service)), daemon=True).start()
  return outside


def called(place):
  guest = socket.socket(socket.AF_UNIX)
  guest.settimeout(20)
  guest.connect(str(place))
  return guest


def test_all_passes_both_ways_and_who_leaves_is_missed(tmp_path, service):
  place, accept = service
  said = bytes(range(256)) * 1000
  with tunnel.dug(tmp_path / 'here', lambda: entered(place)):
    guest = called(tmp_path / 'here')
    host = accept()
  host.settimeout(20)
  threading.Thread(target=guest.sendall, args=(said,), daemon=True).start()
  assert handshake.receive(host, len(said)) == said
  host.sendall(b'back')
  assert guest.recv(4) == b'back'
  guest.close()
  assert host.recv(1) == b''


def test_who_calls_is_not_told_that_the_service_has_gone(tmp_path, service):
  place, accept = service
  with tunnel.dug(tmp_path / 'here', lambda: entered(place)):
    guest = called(tmp_path / 'here')
    host = accept()
  guest.sendall(b'x')
  assert host.recv(1) == b'x'
  host.close()
  for _ in range(4):  # what is said to nobody does not tell, either
    guest.sendall(b'x')
    time.sleep(0.05)
  guest.settimeout(0.3)
  with pytest.raises(TimeoutError):
    guest.recv(1)


def test_no_service(tmp_path, monkeypatch):
  monkeypatch.setattr(tunnel, 'PATIENCE', 0.1)
  with pytest.raises(OSError, match='No such file'):
    tunnel.connected(tmp_path / 'none')
