"""A stateless permutation of [0, size): any entry in constant time, so no epoch's order is ever stored.

A balanced Feistel network permutes the next power of four; walking along its cycles until the value is
below `size` restricts it to [0, size) (Black and Rogaway 2002, https://doi.org/10.1007/3-540-45760-7_9).
"""

from collections.abc import Sequence
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int32, Integer, UInt32

Number = int | np.integer | Integer[Array | np.ndarray, '']
ROUNDS = 6


def permute(
  keys: Sequence[UInt32[Array | np.ndarray, '...']] | UInt32[Array | np.ndarray, '...'],
  positions: UInt32[Array | np.ndarray, ' B'],
  size: int,
  xp: ModuleType = jnp,
) -> UInt32[Array | np.ndarray, ' B']:
  """Where `positions`, below `size`, land in the permutation that the ROUNDS `keys` name.

  Keys broadcast against positions. Computed by `xp`: jax.numpy in a step, numpy on the host.
  """
  half = max(1, ((size - 1).bit_length() + 1) // 2)
  mask = xp.uint32((1 << half) - 1)

  def encrypt(values):
    left, right = values >> half, values & mask
    for key in keys:
      left, right = right, left ^ (_mix(right ^ key) & mask)
    return left << half | right

  def walk(values):
    return xp.where(values < size, values, encrypt(values))

  loop = jax.lax.while_loop if xp is jnp else _while_loop
  return loop(lambda v: (v >= size).any(), walk, encrypt(positions))


def _while_loop(condition, body, value):
  while condition(value):
    value = body(value)
  return value


def _mix(value):
  """A full-avalanche hash of uint32 (the finaliser of MurmurHash3)."""
  value = (value ^ value >> 16) * np.uint32(0x85EBCA6B)
  value = (value ^ value >> 13) * np.uint32(0xC2B2AE35)
  return value ^ value >> 16


def indices(
  seed: Number, index: Number, batch_size: int, size: int, xp: ModuleType = jnp
) -> Int32[Array | np.ndarray, ' {batch_size}']:
  """Which examples, below `size`, make batch `index`; the same by either `xp`.

  Every example comes exactly once an epoch, and each epoch is shuffled anew; a batch may straddle two.
  The count of examples is a uint32: the orders repeat after 4 billion examples.
  """
  seed, index = (xp.asarray(number).astype(xp.uint32).reshape(1) for number in (seed, index))
  positions = index * xp.uint32(batch_size) + xp.arange(batch_size, dtype=xp.uint32)
  epochs, positions = xp.divmod(positions, xp.uint32(size))
  words = xp.zeros_like(seed), seed
  keys = [_mix(words[r % 2] ^ _mix(epochs * xp.uint32(ROUNDS) + xp.uint32(r))) for r in range(ROUNDS)]
  return permute(keys, positions, size, xp).astype(xp.int32)
