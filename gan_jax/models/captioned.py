"""DCGAN with a caption: the networks of Reed et al. 2016, https://arxiv.org/abs/1605.05396, fig. 2."""

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.configs.fields import SOME, option
from gan_jax.models import layers
from gan_jax.models.dcgan import pyramid

Vectors = Float[Array | np.ndarray, 'B E']


class Captioned(layers.Network):
  """What both networks have."""

  width: int = option(64, '>= 1', 'channels next to the image, the fewest; twice as many at each half size')
  words: int = option(128, '>= 1', 'numbers that a caption is reduced to')
  strides: tuple[int, ...] = option((2, 2, 2, 2), '>= 1', 'of each convolution', SOME)
  norm: str = option('batch', 'none | batch', 'normalisation of hidden layers')
  norm_momentum: float = option(0.9, '[0, 1)', 'of the running batch statistics')

  def reduced(self, vectors: Vectors) -> Float[Array, 'B words']:
    """Vectors of captions as the network uses them."""
    return nn.leaky_relu(nn.Dense(self.words, kernel_init=self.kernel_init, dtype=self.dtype)(vectors), 0.2)

  def normal(self, maps: Array, train: bool) -> Array:
    """Normalised maps."""
    return self.normalize(self.norm, train, self.norm_momentum)(maps)

  def refined(self, maps: Array, train: bool) -> Array:
    """Maps with what three narrower convolutions add to them."""
    channels, added = maps.shape[-1], maps
    for features, kernel in ((channels // 4, 1), (channels // 4, 3), (channels, 3)):
      added = layers.Conv(max(features, 1), kernel, 1, **self.weights)(nn.relu(added))
      added = self.normal(added, train)
    return maps + added


class Generator(Captioned):
  """(vectors of captions, latents) to images in [-1, 1]."""

  image_shape: tuple[int, ...] = layers.given(())

  @nn.compact
  def __call__(
    self, vectors: Vectors, latents: Float[Array | np.ndarray, 'B latent_dim'], train: bool = False
  ) -> Float[Array, 'B H W C']:
    (height, wide), *larger = pyramid(self.image_shape[:2], self.strides)[::-1]
    width = self.width << (len(self.strides) - 1)
    drawn = jnp.concatenate([latents, self.reduced(vectors)], -1)
    maps = nn.Dense(height * wide * width, **self.weights)(drawn).reshape(-1, height, wide, width)
    maps = self.refined(self.normal(maps, train), train)
    for k, (stride, size) in enumerate(zip(self.strides[::-1], larger, strict=True)):
      last = k == len(self.strides) - 1
      width = self.image_shape[-1] if last else width // 2
      maps = layers.ConvTranspose(width, 4, stride, size, **self.weights)(nn.relu(maps))
      maps = maps if last else self.normal(maps, train)
    return layers.image_output(maps)


class Discriminator(Captioned):
  """(vectors of captions, images) to {'logits': [B], 'features': [B, K]}; they meet in the smallest maps."""

  @nn.compact
  def __call__(self, vectors: Vectors, images: layers.Images, train: bool = False) -> dict[str, Array]:
    maps = images
    for k, stride in enumerate(self.strides):
      maps = layers.Conv(self.width << k, 4, stride, **self.weights)(maps)
      maps = nn.leaky_relu(self.normal(maps, train) if k else maps, 0.2)
    maps = nn.leaky_relu(self.refined(maps, train), 0.2)
    width = maps.shape[-1]
    maps = layers.Conv(width, 1, 1, **self.weights)(maps, self.reduced(vectors))
    maps = nn.leaky_relu(self.normal(maps, train), 0.2)
    features = layers.at_least_float32(maps).reshape(len(maps), -1)
    return {'logits': nn.Dense(1, kernel_init=self.kernel_init)(features)[:, 0], 'features': features}
