"""From captions to vectors: the character CNN and GRU of Reed et al. 2016, https://arxiv.org/abs/1605.05395.

`Reader` puts it before any network; `Generator` has it beside a network that looks at images, for the game
in which both learn to agree (gans/caption_encoder.py).
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float, Int

from gan_jax import errors
from gan_jax.configs.fields import SOME, option
from gan_jax.data.words import PADDING
from gan_jax.models import layers

Captions = Int[Array | np.ndarray, 'B L']  # numbers of characters
Vectors = Float[Array, 'B E']


class Encoder(nn.Module):
  """Captions to vectors [B, dim]: convolutions with max pooling by 3, a GRU, the mean of its states."""

  vocabulary: int
  dim: int
  widths: tuple[int, ...] = (64, 96)
  kernel: int = 4
  dtype: str | None = None

  @nn.compact
  def __call__(self, captions: Captions) -> Vectors:
    told = (captions != PADDING)[..., None]
    hidden = jax.nn.one_hot(captions, self.vocabulary) * told
    for width in self.widths:
      # A convolution as one matrix product, which is fast inside of a scan on a CPU, too.
      hidden = nn.relu(nn.Dense(width, dtype=self.dtype)(windows(hidden, self.kernel)))
      hidden, told = (nn.max_pool(some, (3,), (3,), 'SAME') for some in (hidden, told.astype(hidden.dtype)))
    states = nn.RNN(nn.GRUCell(self.widths[-1], dtype=self.dtype))(hidden)
    mean = (states * told).sum(1) / jnp.maximum(told.sum(1), 1)
    return layers.at_least_float32(nn.Dense(self.dim, dtype=self.dtype)(mean))


def windows(values: Float[Array, 'B L C'], count: int) -> Float[Array, 'B L {count}*C']:
  """At each place the `count` values around it, zeros beyond the ends."""
  before = (count - 1) // 2
  padded = jnp.pad(values, ((0, 0), (before, count - 1 - before), (0, 0)))
  return jnp.concatenate([padded[:, k : k + values.shape[1]] for k in range(count)], -1)


class Reader(nn.Module):
  """A network that is given captions, [B, L], or vectors of them: `inside` has a vector before its inputs.

  Of two captions of one image, [B, 2, L], it is given the first one's vector by its `share`, and the other's
  by the rest; of more, [B, K, L], the mean of their vectors.
  """

  inside: nn.Module
  encoder: Encoder | None = None  # None: vectors [B, E] or [B, K, E] are given
  share: float = 0.5  # of the first of two captions

  @nn.compact
  def __call__(self, words: Array, *inputs: Array, train: bool = False) -> Array | dict[str, Array]:
    vectors = words.reshape(-1, words.shape[-1])
    if self.encoder:
      vectors = self.encoder(vectors)
    if words.ndim == 3:
      several = vectors.reshape(*words.shape[:2], -1)
      first, last = several[:, 0], several[:, -1]
      vectors = several.mean(1) if words.shape[1] != 2 else self.share * first + (1 - self.share) * last
    return self.inside(vectors, *inputs, train=train)


class Generator(layers.Network):
  """Captions and images to {'words': [N, dim], 'looks': [B, dim]}: alike where they belong together."""

  vocabulary: int = layers.given(0)
  dim: int = option(128, '>= 1', 'numbers in a vector')
  widths: tuple[int, ...] = option((64, 96), '>= 1', 'of the layers that read; the GRU has the last', SOME)
  image_widths: tuple[int, ...] = option(
    (32, 64, 96, 128), '>= 1', 'of the layers that see, each by half', SOME
  )
  kernel: int = option(4, '>= 1', 'characters that a layer reads at once')

  def setup(self) -> None:
    if not self.widths or not self.image_widths:
      raise errors.UserError('generator.widths and generator.image_widths need a width each')
    self.encoder = Encoder(self.vocabulary, self.dim, tuple(self.widths), self.kernel, self.dtype)
    shared = {name: getattr(self, name) for name in ('initializer', 'init_scale', 'dtype', 'norm_groups')}
    self.looks = Looks(dim=self.dim, widths=tuple(self.image_widths), **shared)

  def __call__(
    self, captions: Int[Array | np.ndarray, 'N L'], images: layers.Images, train: bool = False
  ) -> dict[str, Array]:
    return {'words': self.encoder(captions), 'looks': self.looks(images, train)}

  def read(self, captions: Captions) -> Vectors:
    """The vectors of captions alone."""
    return self.encoder(captions)

  def look(self, images: layers.Images) -> Vectors:
    """The vectors of images alone, by a network that does not learn."""
    return self.looks(images, False)


class Looks(layers.Network):
  """Images to vectors [B, dim]: strided convolutions, the mean over all places, a dense layer."""

  dim: int = layers.given(1)
  widths: tuple[int, ...] = layers.given(())

  @nn.compact
  def __call__(self, images: layers.Images, train: bool = False) -> Vectors:
    hidden = images
    for width in self.widths:
      hidden = layers.Conv(width, **self.weights)(hidden)
      hidden = nn.relu(self.normalize('batch', train)(hidden))
    return layers.at_least_float32(nn.Dense(self.dim, kernel_init=self.kernel_init)(hidden.mean((1, 2))))
