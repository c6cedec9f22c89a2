"""Processes meet, or say who is missing; strangers are sent away."""

import concurrent.futures
import contextlib
import errno
import socket
import threading
import time
from pathlib import Path

import pytest
from conftest import free_port

from gan_jax import errors
from gan_jax.devices import handshake, rendezvous

SECRET = b'of this run'


@pytest.fixture
def address():
  return f'127.0.0.1:{free_port()}'


def come(address, index, count=3, timeout=20, secret=SECRET):
  return rendezvous.come(address, lambda: secret, index, count, timeout)


def door(address, count=3):
  return rendezvous.Door(address, SECRET, count, Path('/nowhere'))


def told(function, *words, **named):
  with pytest.raises(errors.UserError) as error:
    function(*words, **named)
  return str(error.value)


def test_all_go_on_once_all_are_there(address):
  with concurrent.futures.ThreadPoolExecutor() as pool:
    first = pool.submit(come, address, 1)  # before process 0 is there
    time.sleep(0.3)
    with door(address) as opened:
      time.sleep(0.3)
      assert not first.done()
      second = pool.submit(come, address, 2)
      lines = opened.lines(20)
    assert sorted(lines) == [1, 2]
    for index, guest in ((1, first), (2, second)):
      lines[index].sendall(bytes([index]))
      assert guest.result().recv(1) == bytes([index])


def test_the_missing_are_named(address):
  with concurrent.futures.ThreadPoolExecutor() as pool, door(address, 4) as opened:
    guest = pool.submit(told, come, address, 2, 4, timeout=1.5)
    assert told(opened.lines, 1).endswith('of 4 processes these have not come in 1 s: 1, 3')
    assert 'not all others are there' in guest.result()


def test_strangers_are_sent_away_and_do_not_hold_up_the_others(address):
  """A browser, one that leaves at once, one that says nothing, one that says much, one of another run."""
  place = rendezvous.parsed(address)
  with contextlib.ExitStack() as stack:
    opened = stack.enter_context(door(address, 2))
    for said in (b'GET / HTTP/1.1\r\nHost: here\r\n\r\n', b'', None, b'\x00' * 10_000):
      stranger = stack.enter_context(socket.create_connection(place))
      if said is not None:
        with contextlib.suppress(OSError):  # it may be sent away before it has said all
          stranger.sendall(said)
          stranger.shutdown(socket.SHUT_WR)
    with pytest.raises(handshake.Refused, match='another token'):
      handshake.enter(place, b'of another run', 1, 2)
    pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor())
    begun = time.monotonic()
    guest = pool.submit(come, address, 1, 2)
    assert list(opened.lines(20)) == [1]
    guest.result().close()
    assert time.monotonic() - begun < handshake.PATIENCE


def test_who_proves_himself_byte_by_byte_is_sent_away_in_time(address, monkeypatch):
  monkeypatch.setattr(handshake, 'PATIENCE', 0.5)
  with door(address, 2), socket.create_connection(rendezvous.parsed(address)) as stranger:
    begun = time.monotonic()
    with contextlib.suppress(OSError):
      while time.monotonic() - begun < 10:
        stranger.sendall(b'x')
        time.sleep(0.1)
    assert time.monotonic() - begun < 5


def test_many_strangers_and_a_lack_of_files_do_not_close_the_door(address, monkeypatch):
  monkeypatch.setattr(rendezvous, 'GUESTS', 2)
  place = rendezvous.parsed(address)
  with contextlib.ExitStack() as stack:
    opened = door(address, 2)
    accept, failures = opened._server.accept, [OSError(errno.EMFILE, 'Too many open files')] * 3

    class Server:
      def accept(self):
        if failures:
          raise failures.pop()
        return accept()

      def __getattr__(self, name):
        return getattr(opened_server, name)

    opened_server, opened._server = opened._server, Server()
    stack.enter_context(opened)
    for _ in range(8):
      stack.enter_context(socket.create_connection(place))
    pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor())
    monkeypatch.setattr(handshake, 'PATIENCE', 0.5)
    guest = pool.submit(come, address, 1, 2)
    assert list(opened.lines(20)) == [1]
    guest.result().close()


def test_a_process_that_is_there_already_is_named(address):
  with concurrent.futures.ThreadPoolExecutor() as pool, door(address) as opened:
    pool.submit(told, come, address, 1, timeout=1)
    time.sleep(0.3)
    assert told(come, address, 1) == 'parallel.process_id=1 is there already: give each process its own'
    assert told(opened.lines, 0.1).endswith(': 2; process_id=1 came twice')


def test_one_that_was_started_again_takes_its_place(address):
  place = rendezvous.parsed(address)
  with concurrent.futures.ThreadPoolExecutor() as pool, door(address, 3) as opened:
    handshake.enter(place, SECRET, 1, 3).close()
    again, other = pool.submit(come, address, 1), pool.submit(come, address, 2)
    assert sorted(opened.lines(20)) == [1, 2]
    again.result()
    other.result()


def test_another_number_of_processes_is_named(address):
  with door(address):
    assert 'num_processes=2, but process 0 was told another' in told(come, address, 1, count=2)


def test_no_process_0(address):
  assert 'process 0 is not there, after 0.5 s' in told(come, address, 1, timeout=0.5)


def test_another_program_in_the_place_of_process_0(address):
  """One that takes what comes and answers nothing of use, and one that sends all back."""

  def echo():
    with contextlib.suppress(OSError):
      while True:
        guest = server.accept()[0]
        guest.sendall(b'x' * handshake.NONCE)
        guest.sendall(guest.recv(1000))

  with socket.create_server(rendezvous.parsed(address)) as server:
    threading.Thread(target=echo, daemon=True).start()
    assert 'what is there is not process 0 of this run' in told(come, address, 1, timeout=0.5)


@pytest.mark.parametrize('bad', ['host', 'host:', ':1', 'host:a', 'host:70000'])
def test_addresses_that_are_none(bad):
  assert 'write host:port' in told(come, bad, 1)


def test_a_port_that_is_taken(address):
  with door(address):
    assert told(door, address).endswith('in use: another process 0, or another program, has it')


def test_it_listens_on_the_loopback_alone_if_that_is_asked_for():
  for host in ('127.0.0.1', 'localhost'):
    with rendezvous.listening(host, 0) as server:
      assert server.getsockname()[0] == '127.0.0.1'


def test_it_listens_everywhere_for_a_name_that_is_the_loopback_only_to_itself(monkeypatch):
  here = [(socket.AF_INET, socket.SOCK_STREAM, 6, '', ('127.0.1.1', 0))]
  monkeypatch.setattr(rendezvous.socket, 'getaddrinfo', lambda *_, **__: here)
  with rendezvous.listening('node1', 0) as server:
    assert server.getsockname()[0] == '0.0.0.0'
