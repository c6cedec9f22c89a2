"""A stateless permutation of [0, size): any entry in constant time, so no epoch's order is ever stored.

A balanced Feistel network permutes the next power of four; walking along its cycles until the value is
below `size` restricts it to [0, size) (Black and Rogaway 2002, https://doi.org/10.1007/3-540-45760-7_9).
"""

import jax
import jax.numpy as jnp

ROUNDS = 6


def permute(keys, positions, size):
  """Where `positions` (uint32 [B], below `size`) land in the permutation that `keys` (uint32 [ROUNDS, ...])
  name; keys broadcast against positions."""
  half = max(1, ((size - 1).bit_length() + 1) // 2)
  mask = jnp.uint32((1 << half) - 1)

  def encrypt(values):
    left, right = values >> half, values & mask
    for key in keys:
      left, right = right, left ^ (_mix(right ^ key) & mask)
    return left << half | right

  def walk(values):
    return jnp.where(values < size, values, encrypt(values))

  return jax.lax.while_loop(lambda v: (v >= size).any(), walk, encrypt(positions))


def _mix(value):
  """A full-avalanche hash of uint32 (the finaliser of MurmurHash3)."""
  value = (value ^ value >> 16) * jnp.uint32(0x85EBCA6B)
  value = (value ^ value >> 13) * jnp.uint32(0xC2B2AE35)
  return value ^ value >> 16


def indices(seed, index, batch_size, size):
  """Which examples (int32 [batch_size], below `size`) make batch `index`.

  Every example comes exactly once an epoch, and each epoch is shuffled anew; a batch may straddle two.
  The count of examples is a uint32: the orders repeat after 4 billion examples.
  """
  positions = jnp.asarray(index, jnp.uint32) * jnp.uint32(batch_size) + jnp.arange(
    batch_size, dtype=jnp.uint32
  )
  epochs, positions = jnp.divmod(positions, jnp.uint32(size))
  words = jax.random.key_data(jax.random.key(seed)).astype(jnp.uint32)
  keys = [_mix(words[r % 2] ^ _mix(epochs * jnp.uint32(ROUNDS) + jnp.uint32(r))) for r in range(ROUNDS)]
  return permute(keys, positions, size).astype(jnp.int32)
