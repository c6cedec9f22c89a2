"""Processes meet, or say who is missing."""

import socket
import threading
import time

import pytest

from gan_jax import errors
from gan_jax.devices import rendezvous


@pytest.fixture
def address():
  with socket.socket() as server:
    server.bind(('127.0.0.1', 0))
    return f'127.0.0.1:{server.getsockname()[1]}'


def test_all_go_on_once_all_are_there(address):
  passed = []

  def come(index, late):
    time.sleep(late)
    rendezvous.meet(address, 3, index, timeout=20)
    passed.append((index, time.monotonic()))

  threads = [threading.Thread(target=come, args=who) for who in [(1, 0), (0, 0.2), (2, 0.5)]]
  start = time.monotonic()
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()
  assert sorted(index for index, _ in passed) == [0, 1, 2]
  assert min(at for _, at in passed) >= start + 0.5


def test_the_missing_are_named(address):

  def come():
    with pytest.raises(errors.UserError, match='not all others are'):
      rendezvous.meet(address, 4, 2, timeout=2)

  guest = threading.Thread(target=come)
  guest.start()
  with pytest.raises(errors.UserError, match=r'of 4 processes these have not come in 1 s: 1, 3'):
    rendezvous.meet(address, 4, 0, timeout=1)
  guest.join()


def test_no_process_0(address):
  with pytest.raises(errors.UserError, match='process 0 is not there'):
    rendezvous.meet(address, 2, 1, timeout=0.5)


@pytest.mark.parametrize('bad', ['host', 'host:', ':1', 'host:a'])
def test_addresses_that_are_none(bad):
  with pytest.raises(errors.UserError, match='write host:port'):
    rendezvous.meet(bad, 2, 1, timeout=1)


def test_a_port_that_is_taken():
  with (
    socket.create_server(('', 0)) as server,
    pytest.raises(errors.UserError, match=f'{server.getsockname()[1]}: .*in use'),
  ):
    rendezvous.meet(f'localhost:{server.getsockname()[1]}', 2, 0, timeout=1)
