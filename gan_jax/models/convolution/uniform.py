"""Convolutions of maps that have the same vector at each place, with zeros around them."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax.models.convolution import patches


def convolve(
  vectors: Float[Array, 'B C'], kernel: Float[Array, 'k k C F'], stride: int, size: tuple[int, int]
) -> Float[Array, 'B h w F']:
  """operations.convolve of maps of `size`: what each tap makes of a vector, at all places that it reaches."""
  taps = jnp.einsum('bc,tucf->btuf', vectors, kernel)
  rows, columns = (jnp.asarray(_inside(side, kernel.shape[0], stride), taps.dtype) for side in size)
  return jnp.einsum('ht,btwf->bhwf', rows, jnp.einsum('wu,btuf->btwf', columns, taps))


def _inside(side, taps, stride):
  """[places, taps]: 1 where a tap at a place of a side meets the maps, and not the zeros around them."""
  places = -(-side // stride)
  before, _ = patches.padding(side, places, taps, stride)
  met = np.arange(places)[:, None] * stride + np.arange(taps) - before
  return (met >= 0) & (met < side)
