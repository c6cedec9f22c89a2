"""The resize of TensorFlow 1, which the FID's network has: bilinear, from the corner, without smoothing."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

SIDE = 299


def tensorflow(images: Shaped[Array | np.ndarray, 'B H W C'], side: int = SIDE) -> Float[Array, 'B S S C']:
  """Images at side x side: output pixel k is read at k * H / side, so that it does not lie over its centre.

  `tf.image.resize_bilinear` of TensorFlow 1 with align_corners=False. As two products with matrices.
  """
  down, across = (jnp.asarray(matrix(size, side)) for size in images.shape[1:3])
  exact = jax.lax.Precision.HIGHEST
  rows = jnp.einsum('sh,bhwc->bswc', down, jnp.asarray(images, jnp.float32), precision=exact)
  return jnp.einsum('tw,bswc->bstc', across, rows, precision=exact)


def matrix(size: int, side: int = SIDE) -> Float[np.ndarray, 'S H']:
  """The weights [side, size] of each of `size` pixels in each of `side`; rows sum to 1."""
  places = np.arange(side, dtype=np.float32) * np.float32(size / side)
  low = places.astype(int)
  share = places - low
  weights = np.zeros((side, size), np.float32)
  np.add.at(weights, (np.arange(side), low), 1 - share)
  np.add.at(weights, (np.arange(side), np.minimum(low + 1, size - 1)), share)
  return weights
