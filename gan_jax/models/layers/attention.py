"""Self-attention: each place of a map looks at all others."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.models.layers.activations import at_least_float32
from gan_jax.models.layers.convolutions import Images


class SelfAttention(nn.Module):
  """Maps plus gamma times what attention gives; gamma is a param, 0 at first.

  Zhang et al. 2019 (SAGAN), eq. 1 to 3, https://arxiv.org/abs/1805.08318, as the authors compute it: C / 8
  channels of queries and keys, C / 2 of values, and the largest of 2 x 2 places of keys and of values.
  """

  kernel_init: Callable = nn.initializers.lecun_normal()
  dtype: str | None = None  # to compute in

  @nn.compact
  def __call__(self, images: Images) -> Float[Array, 'B H W C']:
    batch, channels = len(images), images.shape[-1]
    linear = lambda features: nn.Dense(
      features, use_bias=False, kernel_init=self.kernel_init, dtype=self.dtype
    )
    narrow, half = max(channels // 8, 1), max(channels // 2, 1)
    queries = linear(narrow)(images).reshape(batch, -1, narrow)
    keys = largest_of_four(linear(narrow)(images)).reshape(batch, -1, narrow)
    values = largest_of_four(linear(half)(images)).reshape(batch, -1, half)
    scores = at_least_float32(jnp.einsum('bqc,bkc->bqk', queries, keys))
    seen = jax.nn.softmax(scores).astype(values.dtype) @ values
    gamma = self.param('gamma', nn.initializers.zeros, ())
    return images + (gamma * linear(channels)(seen).reshape(images.shape)).astype(images.dtype)


def largest_of_four(images: Float[Array, 'B H W C']) -> Float[Array, 'B h w C']:
  """The largest of each 2 x 2 places; an odd last row or column is left out, a single one is kept."""
  rows, columns = (min(side, 2) for side in images.shape[1:3])
  height, width = images.shape[1] // rows, images.shape[2] // columns
  squares = images[:, : height * rows, : width * columns]
  return squares.reshape(len(images), height, rows, width, columns, -1).max((2, 4))
