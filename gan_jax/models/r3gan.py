"""The networks of R3GAN: Huang et al. 2024, https://arxiv.org/abs/2501.05441, sec. 3 and app. D.

Stages of grouped residual blocks without normalisation, twice the size from one to the next, for any size of
image: sizes halve by ceil, down and up again. Widths as in the authors' code are 768 four times for 32 x 32
(CIFAR-10); with 384, 192, 96 after them for 64, 128 and 256 pixels (FFHQ); groups of 32 in 1536 for ImageNet.
G is given a condition beside its latents; D reads it by config.condition. The learning rates and penalties
that belong to it are in the paper.
"""

import math
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.configs.fields import SOME, option
from gan_jax.models import layers
from gan_jax.models.dcgan import pyramid

SLOPE = 0.2
WIDTHS = 'channels of each stage, from the SMALLEST maps to those of the size of images'


class Block(nn.Module):
  """Maps plus what three convolutions give, of which the last is 0 at first."""

  group_size: int
  expansion: int
  gain: float  # of the first weights of the others
  dtype: str | None = None

  @nn.compact
  def __call__(self, maps: layers.Images) -> Float[Array, 'B H W C']:
    channels = maps.shape[-1]
    wide, init = channels * self.expansion, layers.scaled(self.gain)
    if wide % self.group_size:
      raise errors.UserError(f'group_size={self.group_size} does not divide {wide} channels of a block')
    inside = nn.Dense(wide, kernel_init=init, dtype=self.dtype)(maps)
    groups = wide // self.group_size
    conv = layers.Conv(wide, 3, 1, kernel_init=init, dtype=self.dtype, groups=groups)
    inside = nn.leaky_relu(conv(nn.leaky_relu(inside, SLOPE)), SLOPE)
    last = nn.Dense(channels, use_bias=False, kernel_init=nn.initializers.zeros, dtype=self.dtype)
    return maps + last(inside)


class Staged(layers.Network):
  """What both networks have: stages of blocks."""

  widths: tuple[int, ...] = option((768,) * 4, '>= 1', WIDTHS, SOME)
  blocks: tuple[int, ...] = option((2,) * 4, '>= 0', 'of each stage', SOME)
  group_size: int = option(16, '>= 1', 'channels that a grouped convolution sees together')
  expansion: int = option(2, '>= 1', 'how many times as wide the blocks are inside')
  # Not to be chosen: the network has first weights of its own, some of them 0, which have no spectral norm.
  initializer: str = layers.given('')
  init_scale: float = layers.given(0.0)
  spectral_norm: bool = layers.given(False)

  @property
  def kernel_init(self) -> Callable:
    """That of a layer without an activation after it."""
    return layers.scaled()

  def linear(self, features: int) -> nn.Dense:
    """A convolution of single places, without a bias."""
    return nn.Dense(features, use_bias=False, **self.weights)

  def stage(self, maps: layers.Images, k: int) -> Float[Array, 'B H W C']:
    """The maps after the blocks of a stage, whose first weights are smaller where there are more in all.

    The smallest maps, next to latents and logits, are in float32 as in the authors' code.
    """
    gain = math.sqrt(2 / (1 + SLOPE**2)) * sum(self.blocks) ** -0.25
    for _ in range(self.blocks[k]):
      maps = Block(self.group_size, self.expansion, gain, self.dtype if k else None)(maps)
    return maps

  def sized(self, maps: layers.Images, features: int) -> Float[Array, 'B H W {features}']:
    """The maps with so many channels, by a linear layer if they have others."""
    return maps if maps.shape[-1] == features else self.linear(features)(maps)

  def sizes(self, role: str, size: tuple[int, int]) -> list[tuple[int, int]]:
    """The sizes of the stages' maps, from the smallest to `size`. Raises UserError."""
    if len(self.blocks) != len(self.widths):
      raise errors.UserError(f'{role}.blocks={self.blocks} must be as many as {role}.widths={self.widths}')
    return pyramid(size, (2,) * (len(self.widths) - 1))[::-1]


class Generator(Staged):
  """Latents to images without bounds: a learned map, stages, a linear layer."""

  image_shape: tuple[int, ...] = layers.given(())

  @nn.compact
  def __call__(
    self, latents: Float[Array | np.ndarray, 'B latent_dim'], train: bool = False
  ) -> Float[Array, 'B H W C']:
    sizes = self.sizes('generator', self.image_shape[:2])
    basis = self.param('basis', nn.initializers.normal(1), (*sizes[0], self.widths[0]))
    first = nn.Dense(self.widths[0], use_bias=False, kernel_init=self.kernel_init)  # in float32
    hidden = first(layers.at_least_float32(latents))[:, None, None] * basis
    for k, features in enumerate(self.widths):
      if k:
        hidden = layers.filter_up(self.sized(hidden, features), sizes[k])
      hidden = self.stage(hidden, k)
    return layers.at_least_float32(self.linear(self.image_shape[-1])(hidden))


class Discriminator(Staged):
  """Images to {'logits': [B], 'features': [B, K]}: a linear layer, stages, and a filter for each channel."""

  @nn.compact
  def __call__(self, images: layers.Images, train: bool = False) -> dict[str, Array]:
    size = self.sizes('discriminator', images.shape[1:3])[0]
    hidden = self.linear(self.widths[-1])(images)
    for k in reversed(range(len(self.widths))):
      hidden = self.stage(hidden if k else layers.at_least_float32(hidden), k)
      if k:
        hidden = self.sized(layers.filter_down(hidden), self.widths[k - 1])
    deviation = 1 / math.sqrt(math.prod(size))  # what each of the channels' filters sees
    basis = self.param('basis', nn.initializers.normal(deviation), (*size, self.widths[0]))
    features = jnp.einsum('bhwc,hwc->bc', layers.at_least_float32(hidden), basis)
    return {
      'logits': nn.Dense(1, use_bias=False, kernel_init=self.kernel_init)(features)[:, 0],
      'features': features,
    }
