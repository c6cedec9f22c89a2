"""The residual networks of SN-GAN: Miyato et al. 2018, app. B.4, https://arxiv.org/abs/1802.05957.

For any size of image: maps halve by ceil, down and up again. The defaults are the paper's for 32 x 32. For
64 x 64 G has widths 1024, 512, 256, 128, 64 and strides 2, 2, 2, 2, D widths 64, 128, 256, 512, 1024 and
strides 2, 2, 2, 2, 1; for 48 x 48 G has widths 512, 256, 128, 64 and D 64, 128, 256, 512, 1024 with strides
2, 2, 2, 2, 1 (https://github.com/kwotsin/mimicry). Attention, and spectral norm in G, too,
make SAGAN's networks of them.
"""

from collections.abc import Callable

import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.configs.fields import SOME, names, option
from gan_jax.models import layers
from gan_jax.models.dcgan import pyramid

ATTENTION = 'heights of maps: self-attention stands after the block that brings maps to one of them'
GAIN = 'of the first weights within residual branches, over those of all others'


class Residual(layers.Network):
  """What both networks have: blocks, some with self-attention after them."""

  initializer: str = option('glorot_uniform', names(layers.INITIALIZERS), 'of the first weights')
  attention: tuple[int, ...] = option((), '>= 1', ATTENTION)
  gain: float = option(2**0.5, '> 0', GAIN)

  def branch(self, features: int) -> layers.Conv:
    """A convolution within a residual branch."""
    gained = lambda *arguments: self.gain * self.kernel_init(*arguments)
    return layers.Conv(features, 3, 1, kernel_init=gained, dtype=self.dtype)

  def shortcut(self, maps: layers.Images, features: int) -> Float[Array, 'B H W {features}']:
    """The maps, by a linear layer."""
    return nn.Dense(features, **self.weights)(maps)

  def attend(self, maps: layers.Images, stride: int) -> Float[Array, 'B H W C']:
    """The maps of a block with this stride, after self-attention where it is asked for."""
    here = stride > 1 and maps.shape[1] in self.attention
    return layers.SelfAttention(**self.weights)(maps) if here else maps

  def check(self, role: str, widths: int, sizes: list[tuple[int, int]]) -> None:
    """Raises UserError for widths that do not fit the strides, and for attention to maps of no block."""
    if len(self.widths) != widths:
      raise errors.UserError(f'{role}.strides={self.strides} need {widths} {role}.widths, not {self.widths}')
    heights = [size[0] for size, stride in zip(sizes, self.strides, strict=True) if stride > 1]
    if missing := set(self.attention) - set(heights):
      raise errors.UserError(
        f'{role}.attention={min(missing)}: its blocks bring maps to the heights {heights}'
      )


class Generator(Residual):
  """Latents to images in [-1, 1].

  A dense layer makes the first map; blocks of two convolutions enlarge it, each by one stride.
  """

  image_shape: tuple[int, ...] = layers.given(())
  widths: tuple[int, ...] = option((256,) * 4, '>= 1', 'channels of the first map and after each block', SOME)
  strides: tuple[int, ...] = option((2, 2, 2), '>= 1', 'by which each block enlarges its maps', SOME)
  norm: str = option('batch', names(layers.NORMS), 'before each convolution but those of shortcuts')
  norm_momentum: float = option(0.9, '[0, 1)', 'of the running batch statistics')

  @nn.compact
  def __call__(
    self,
    latents: Float[Array | np.ndarray, 'B latent_dim'],
    condition: layers.Condition = None,
    train: bool = False,
  ) -> Float[Array, 'B H W C']:
    (height, width), *sizes = pyramid(self.image_shape[:2], self.strides[::-1])[::-1]
    self.check('generator', len(self.strides) + 1, sizes)
    normed = lambda maps: nn.relu(self.normalize(self.norm, train, self.norm_momentum, condition)(maps))
    hidden = nn.Dense(height * width * self.widths[0], **self.weights)(latents)
    hidden = hidden.reshape(-1, height, width, self.widths[0])
    for features, stride, size in zip(self.widths[1:], self.strides, sizes, strict=True):
      hidden = self.attend(self.block(hidden, features, stride, size, normed), stride)
    out = layers.Conv(self.image_shape[-1], 3, 1, **self.weights)(normed(hidden))
    return layers.image_output(out)

  def block(
    self, maps: layers.Images, features: int, stride: int, size: tuple[int, int], normed: Callable
  ) -> Float[Array, 'B {size[0]} {size[1]} {features}']:
    """Larger maps; a shortcut's linear layer gives the same before it enlarges, for less."""
    inside = self.branch(features)(layers.nearest(normed(maps), stride, size))
    inside = self.branch(features)(normed(inside))
    same = stride == 1 and features == maps.shape[-1]
    short = maps if same else layers.nearest(self.shortcut(maps, features), stride, size)
    return inside + short


class Discriminator(Residual):
  """Images to {'logits': [B], 'features': [B, K]}, the features being sums over the last maps.

  Each block ends with the mean of its stride's squares. Nothing is normalised but the weights, so that
  gradient penalties may take the place of spectral norm.
  """

  spectral_norm: bool = option(True, '', 'divide each weight by its largest singular value')
  widths: tuple[int, ...] = option((128,) * 4, '>= 1', 'channels after each block', SOME)
  strides: tuple[int, ...] = option((2, 2, 1, 1), '>= 1', 'by which each block makes its maps smaller', SOME)
  pooling: str = option('sum', 'sum | mean', 'over all places, before the last layer')
  minibatch: int = option(0, '>= 0', 'images in a group whose deviation is one channel more; 0: none')

  @nn.compact
  def __call__(self, images: layers.Images, train: bool = False) -> dict[str, Array]:
    self.check('discriminator', len(self.strides), pyramid(images.shape[1:3], self.strides)[1:])
    hidden = images
    for k, (features, stride) in enumerate(zip(self.widths, self.strides, strict=True)):
      hidden = self.attend(self.block(hidden, features, stride, first=k == 0), stride)
    if self.minibatch:
      hidden = layers.minibatch_deviation(hidden, self.minibatch)
    hidden = layers.at_least_float32(nn.relu(hidden))
    features = hidden.sum((1, 2)) if self.pooling == 'sum' else hidden.mean((1, 2))
    return {'logits': nn.Dense(1, kernel_init=self.kernel_init)(features)[:, 0], 'features': features}

  def block(
    self, maps: layers.Images, features: int, stride: int, first: bool
  ) -> Float[Array, 'B h w {features}']:
    """Smaller maps; the first block, which sees images, begins without an activation."""
    inside = self.branch(features if first else maps.shape[-1])(maps if first else nn.relu(maps))
    inside = layers.mean_pool(self.branch(features)(nn.relu(inside)), stride)
    same = stride == 1 and features == maps.shape[-1]
    pooled = layers.mean_pool(maps, stride)  # which gives the same before the linear layer, for less
    return inside + (pooled if same else self.shortcut(pooled, features))
