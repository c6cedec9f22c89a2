"""Noise that maps are given inside a generator."""

import zlib

import jax
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.models.layers.convolutions import Images


class Noise(nn.Module):
  """Maps plus normal noise, the same in all channels, times a param that is 0 at first.

  Out of training it is the same noise each time, so that an image depends on nothing but its latents; each
  layer has its own.
  """

  train: bool

  @nn.compact
  def __call__(self, maps: Images) -> Float[Array, 'B H W C']:
    strength = self.param('strength', nn.initializers.zeros, ())
    drawn = self.train and self.has_rng('dropout')
    rng = self.make_rng('dropout') if drawn else jax.random.key(zlib.crc32('/'.join(self.path).encode()))
    noise = jax.random.normal(rng, (len(maps) if drawn else 1, *maps.shape[1:3], 1))
    return maps + (strength * noise).astype(maps.dtype)
