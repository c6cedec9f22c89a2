"""How a process proves to another that it knows the run's secret, and hears the same proof; nobody sends it.

The host says 16 random bytes; the guest answers with its own, what it comes for, its number, how many it
thinks there are, and a MAC of all of that; the host with a verdict, and a MAC of that and the guest's bytes.
"""

import errno
import hmac
import os
import socket
import struct
import time

from gan_jax import errors

PATIENCE = 5.0  # seconds that the other has for its part
HELLO = struct.Struct('!16scII')
LINE, TUNNEL = b'l', b't'  # what a guest comes for
YES, TWICE, OTHERS = b'y', b'2', b'n'  # verdicts
NONCE, PROOF = 16, 32  # bytes


class Refused(Exception):
  """Why a guest is not let in, yet."""


def prove(secret: bytes, *parts: bytes) -> bytes:
  """What only who knows the secret can say of the parts [32]."""
  return hmac.digest(secret, b''.join(parts), 'sha256')


def challenge(guest: socket.socket, secret: bytes) -> tuple[bytes, bytes, int, int]:
  """The host's part: (nonce, purpose, index, count) of a guest. Raises Refused or OSError."""
  guest.settimeout(PATIENCE)
  question, end = os.urandom(NONCE), time.monotonic() + PATIENCE
  guest.sendall(question)
  hello, proof = receive(guest, HELLO.size, end), receive(guest, PROOF, end)
  guest.settimeout(PATIENCE)
  if not hmac.compare_digest(proof, prove(secret, question, hello)):
    raise Refused('no proof')
  return HELLO.unpack(hello)


def enter(
  place: tuple[str, int], secret: bytes, index: int, count: int, purpose: bytes = LINE
) -> socket.socket:
  """A connection that process 0 at (host, port) has let in.

  Raises Refused or OSError where it may do so later, and UserError where it never will.
  """
  door = socket.create_connection(place, PATIENCE)
  try:
    question = _expected(door, NONCE, 'another program is there, not process 0')
    nonce = os.urandom(NONCE)
    hello = HELLO.pack(nonce, purpose, index, count)
    door.sendall(hello + prove(secret, question, hello))
    other = 'process 0 has another token: is it of another run?'
    verdict, proof = _expected(door, 1, other), _expected(door, PROOF, other)
    if not hmac.compare_digest(proof, prove(secret, nonce, verdict)):
      raise Refused('what is there is not process 0 of this run')
    if verdict == TWICE:
      raise errors.UserError(f'parallel.process_id={index} is there already: give each process its own')
    if verdict == OTHERS:
      raise errors.UserError(f'parallel.num_processes={count}, but process 0 was told another number')
    return door
  except BaseException:
    door.close()
    raise


def receive(sock: socket.socket, size: int, end: float | None = None) -> bytes:
  """So many bytes, before the time `end`. Raises OSError if they do not come."""
  found = b''
  while len(found) < size:
    if end is not None:
      sock.settimeout(max(end - time.monotonic(), 1e-3))
    more = sock.recv(size - len(found))
    if not more:
      raise ConnectionResetError(errno.ECONNRESET, 'closed')
    found += more
  return found


def _expected(door, size, reason):
  try:
    return receive(door, size)
  except OSError:
    raise Refused(reason) from None
