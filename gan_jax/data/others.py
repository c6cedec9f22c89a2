"""Another example of a batch, which differs: what is false of an image is taken from there."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int


def following(differs: Bool[Array, 'B B']) -> Int[Array, ' B']:
  """For each row the first one after it, in a circle, that `differs` from it; itself if none does."""
  count = len(differs)
  circle = (jnp.arange(count)[:, None] + jnp.arange(1, count + 1)) % count
  first = jnp.take_along_axis(differs, circle, 1).argmax(1)
  first = jnp.where(differs.any(1), first, count - 1)
  return circle[jnp.arange(count), first]
