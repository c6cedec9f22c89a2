"""Networks that know what is where: Reed et al. 2016, https://arxiv.org/abs/1610.02454, fig. 2 and 3.

Both have a path for the whole image and one for the inside of the box, which meet in maps of a size between.
A place is a box, [B, 4], or the keypoints of parts, [B, P, 3]: then maps of the points are what the paths
are joined with, and a gate that is open where there are any takes the part of the box.
"""

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.configs.fields import SOME, option
from gan_jax.models import layers
from gan_jax.models.dcgan import pyramid

Vectors = Float[Array | np.ndarray, 'B E']
Place = Float[Array | np.ndarray, 'B 4'] | Float[Array | np.ndarray, 'B P 3']
Maps = Float[Array, 'B H W C']


class Placed(layers.Network):
  """What both networks have."""

  width: int = option(64, '>= 1', 'channels of the layer next to the image; more in those that are smaller')
  words: int = option(64, '>= 1', 'numbers that a caption is reduced to')
  strides: tuple[int, ...] = option(
    (2, 2), '>= 1', 'from the image to the maps in which the paths meet', SOME
  )
  inner_strides: tuple[int, ...] = option((2, 2), '>= 1', 'from there to the smallest maps', SOME)
  norm: str = option('batch', 'none | batch', 'normalisation of hidden layers')
  norm_momentum: float = option(0.9, '[0, 1)', 'of the running batch statistics')

  def hidden(self, maps: Array, train: bool) -> Array:
    """What follows a layer: its normalisation and leaky ReLU."""
    return nn.leaky_relu(self.normalize(self.norm, train, self.norm_momentum)(maps), 0.2)

  def reduced(self, vectors: Vectors) -> Float[Array, 'B words']:
    """Vectors of captions as the network uses them."""
    return nn.leaky_relu(nn.Dense(self.words, kernel_init=self.kernel_init, dtype=self.dtype)(vectors), 0.2)


class Generator(Placed):
  """(vectors of captions, latents, place) to images in [-1, 1]."""

  image_shape: tuple[int, ...] = layers.given(())

  @nn.compact
  def __call__(
    self,
    vectors: Vectors,
    latents: Float[Array | np.ndarray, 'B latent_dim'],
    place: Place,
    train: bool = False,
  ) -> Maps:
    sizes = pyramid(self.image_shape[:2], self.strides)
    inner = pyramid(sizes[-1], self.inner_strides)
    middle, deep = self.width << (len(self.strides) - 1), self.width << len(self.strides)
    words = self.reduced(vectors)
    drawn = jnp.concatenate([latents, words], -1)
    within = Within(place, sizes[-1])

    seen = within.joined(within.inside(layers.replicate(words, sizes[-1])))  # what is where, for the whole
    for stride in self.inner_strides:
      seen = self.hidden(layers.Conv(self.words, 4, stride, **self.weights)(seen), train)
    whole = self._grown(jnp.concatenate([latents, seen.reshape(len(seen), -1)], -1), inner, deep, train)
    local = within.inside(within.joined(self._grown(drawn, inner, deep, train)))
    maps = jnp.concatenate([whole, local], -1)
    maps = self.hidden(layers.Conv(middle, 3, 1, **self.weights)(maps), train)
    for k, (stride, size) in enumerate(zip(self.strides[::-1], sizes[-2::-1], strict=True)):
      last = k == len(self.strides) - 1
      features = self.image_shape[-1] if last else middle >> (k + 1)
      maps = layers.ConvTranspose(features, 4, stride, size, **self.weights)(maps)
      maps = maps if last else self.hidden(maps, train)
    return layers.image_output(maps)

  def _grown(self, vectors, sizes, width, train):
    """Maps of sizes[0] and half of the width at each step up from sizes[-1]."""
    (height, wide), *larger = sizes[::-1]
    maps = nn.Dense(height * wide * width, **self.weights)(vectors).reshape(-1, height, wide, width)
    maps = self.hidden(maps, train)
    for stride, size in zip(self.inner_strides[::-1], larger, strict=True):
      width = max(width // 2, self.width)
      maps = self.hidden(layers.ConvTranspose(width, 4, stride, size, **self.weights)(maps), train)
    return maps


class Discriminator(Placed):
  """(vectors of captions, images, place) to {'logits': [B], 'features': [B, K]}."""

  @nn.compact
  def __call__(
    self, vectors: Vectors, images: layers.Images, place: Place, train: bool = False
  ) -> dict[str, Array]:
    words, maps = self.reduced(vectors), images
    for k, stride in enumerate(self.strides):
      maps = layers.Conv(self.width << k, 4, stride, **self.weights)(maps)
      maps = self.hidden(maps, train) if k else nn.leaky_relu(maps, 0.2)
    size, width = maps.shape[1:3], maps.shape[-1]
    within = Within(place, size)

    region = layers.Conv(width, 3, 1, **self.weights)(maps, words, *within.beside)
    region = self.hidden(region, train)
    region = self.hidden(layers.Conv(width, 4, 2, **self.weights)(within.cut(region)), train)
    region = self.hidden(layers.Conv(width, 3, 1, **self.weights)(region), train).mean((1, 2))
    whole = maps
    for stride in self.inner_strides:
      width *= 2
      whole = self.hidden(layers.Conv(width, 4, stride, **self.weights)(whole), train)
    placed = Within(place, whole.shape[1:3])
    told = placed.inside(layers.replicate(words, whole.shape[1:3]))
    whole = jnp.concatenate([whole, placed.joined(told)], -1)
    whole = self.hidden(layers.Conv(self.width << 1, 1, 1, **self.weights)(whole), train)
    joined = jnp.concatenate([region, whole.reshape(len(whole), -1)], -1)
    hidden = nn.Dense(self.width << 1, kernel_init=self.kernel_init)(layers.at_least_float32(joined))
    features = nn.leaky_relu(hidden, 0.2)
    logits = nn.Dense(1, kernel_init=self.kernel_init)(features)[:, 0]
    return {'logits': logits, 'features': features}


class Within:
  """What a place does to maps of a size."""

  def __init__(self, place: Place, size: tuple[int, int]):
    """`place` is the box, or keypoints."""
    self.size, self.box, self.beside = size, None, ()  # `beside` the maps: those of the keypoints, if any
    if place.ndim == 2:
      self.box = place
    else:
      points = layers.spots(place, size)
      self.beside, self.gate = (points,), jnp.clip(points.sum(-1, keepdims=True), 0, 1)

  def inside(self, maps: Maps) -> Maps:
    """Maps that are drawn into the box, zeros outside; or kept near the keypoints."""
    return maps * self.gate if self.box is None else layers.paste(maps, self.box, self.size)

  def cut(self, maps: Maps) -> Maps:
    """The inside of the box, as large as the maps; or what is near the keypoints."""
    return maps * self.gate if self.box is None else layers.crop(maps, self.box, self.size)

  def joined(self, maps: Maps) -> Float[Array, 'B H W D']:
    """Maps beside those of the keypoints, if there are any."""
    return jnp.concatenate([maps, *self.beside], -1)
