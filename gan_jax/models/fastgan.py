"""FastGAN, which learns from few images: Liu et al. 2021, https://arxiv.org/abs/2101.04775.

G's small maps gate channels of its large ones (skip-layer excitation, eq. 1). D sees two resolutions, and has
decoders that rebuild what it saw from its features, so that these keep what images are (eq. 2, which is
penalty.reconstruction). Widths, kernels and norms are those of the authors' code; its loss is
random_margin_hinge. There G makes the second resolution, too; here D makes it of the image. The defaults are
for 256 x 256. For 512 and 1024 pixels D's `stem` is 2 and 4, and G has more widths, half of the last each (at
1024 theirs does not gate the largest maps, and their stem is two convolutions); fewer and narrower widths are
for smaller images, any H x W.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float, Int

from gan_jax import errors
from gan_jax.configs.fields import names, option
from gan_jax.models import layers
from gan_jax.models.dcgan import pyramid

MANY = (2, math.inf)  # entries of widths
POOLED = 4  # height and width to which maps are averaged before they gate others


class Fast(layers.Network):
  """What both networks have."""

  initializer: str = option('normal', names(layers.INITIALIZERS), 'of the first weights')
  spectral_norm: bool = option(True, '', 'divide each weight by its largest singular value')

  def conv(
    self, maps: layers.Images, features: int, kernel: int, stride: int = 1
  ) -> Float[Array, 'B h w {features}']:
    """The maps after a convolution without a bias."""
    return layers.Conv(features, kernel, stride, use_bias=False, **self.weights)(maps)

  def excite(self, small: Float[Array, 'B h w c'], large: layers.Images) -> Float[Array, 'B H W C']:
    """Large maps, of which small ones say in [0, 1] how much each channel counts."""
    flat = layers.adaptive_pool(small, (POOLED, POOLED)).reshape(len(small), -1)
    linear = lambda: nn.Dense(large.shape[-1], use_bias=False, **self.weights)
    return large * nn.sigmoid(linear()(nn.silu(linear()(flat))))[:, None, None]


class Generator(Fast):
  """Latents to images in [-1, 1]: a dense layer, then maps of twice the size each."""

  image_shape: tuple[int, ...] = layers.given(())
  widths: tuple[int, ...] = option(
    (1024, 512, 256, 128, 128, 64, 32), '>= 1', 'channels, from the smallest maps to the largest', MANY
  )
  skip: int = option(4, '>= 1', 'doublings from maps that gate to those that are gated')

  @nn.compact
  def __call__(
    self,
    latents: Float[Array | np.ndarray, 'B latent_dim'],
    condition: layers.Condition = None,
    train: bool = False,
  ) -> Float[Array, 'B H W C']:
    sizes = pyramid(self.image_shape[:2], (2,) * (len(self.widths) - 1))[::-1]
    unit = lambda maps: gated(self.normalize('batch', train, condition=condition)(maps))
    hidden = nn.Dense(2 * self.widths[0] * sizes[0][0] * sizes[0][1], use_bias=False, **self.weights)(latents)
    levels = [unit(hidden.reshape(-1, *sizes[0], 2 * self.widths[0]))]
    for k, (size, width) in enumerate(zip(sizes[1:], self.widths[1:], strict=True), start=1):
      hidden = self.conv(layers.nearest(levels[-1], 2, size), 2 * width, 3)
      if k % 2:  # every other block has noise and a second convolution
        hidden = unit(layers.Noise(train)(hidden))
        hidden = layers.Noise(train)(self.conv(hidden, 2 * width, 3))
      hidden = unit(hidden)
      levels.append(self.excite(levels[k - self.skip], hidden) if k >= self.skip else hidden)
    return layers.image_output(self.conv(levels[-1], self.image_shape[-1], 3))


class Discriminator(Fast):
  """Images to {'logits': [B, N], 'features': [B, h, w, K], 'reconstructions': {name: (made, seen)}}.

  The logits are those of patches at both resolutions. The reconstructions are pairs of images [B, h, w, C] in
  [-1, 1]: at the small resolution what is decoded of each of the two last maps and the image, and a quarter,
  drawn at random in training, of what is decoded of the maps before and of the image at the size of D's stem.
  """

  widths: tuple[int, ...] = option(
    (16, 32, 64, 128, 256, 512), '>= 1', 'channels after the stem and each halving', (3, math.inf)
  )
  stem: int = option(1, '>= 1', 'stride of the first convolution; the small resolution is of half its maps')
  skip: int = option(3, '>= 1', 'halvings from maps that gate to those that are gated')
  decoder: int = option(32, '>= 1', 'channels of the largest maps of a decoder; smaller ones have more')
  slope: float = option(0.2, '', 'of leaky ReLU below 0')

  @nn.compact
  def __call__(self, images: layers.Images, train: bool = False) -> dict:
    if min(images.shape[1:3]) <= (least := self.stem << (len(self.widths) - 2)):
      raise errors.UserError(f'discriminator.widths={self.widths} are for images of more than {least} pixels')
    unit = lambda maps: nn.leaky_relu(self.normalize('batch', train)(maps), self.slope)
    kernel = 3 if self.stem == 1 else 2 * self.stem
    levels = [nn.leaky_relu(self.conv(images, self.widths[0], kernel, self.stem), self.slope)]
    for k, width in enumerate(self.widths[1:], start=1):
      main = unit(self.conv(unit(self.conv(levels[-1], width, 4, 2)), width, 3))
      direct = unit(self.conv(layers.mean_pool(levels[-1], 2), width, 1))
      hidden = (main + direct) / 2
      levels.append(self.excite(levels[k - self.skip], hidden) if k >= self.skip else hidden)
    seen = layers.mean_pool(images, 2 * self.stem)
    small = nn.leaky_relu(self.conv(seen, self.widths[1], 4, 2), self.slope)
    for width in self.widths[2:-1]:
      small = unit(self.conv(small, width, 4, 2))
    large = unit(self.conv(levels[-1], 2 * self.widths[-1], 1))
    logits = [self.verdicts(maps) for maps in (large, small)]
    return {
      'logits': jnp.concatenate(logits, -1),
      'features': layers.at_least_float32(levels[-1]),
      'reconstructions': self.rebuild(images, seen, levels, small),
    }

  def verdicts(self, maps: layers.Images) -> Float[Array, 'B N']:
    """A logit for each 4 x 4 places, or for all of smaller maps."""
    windows = [min(4, side) for side in maps.shape[1:3]]
    conv = nn.Conv(1, windows, padding='VALID', use_bias=False, kernel_init=self.kernel_init)
    return conv(layers.at_least_float32(maps)).reshape(len(maps), -1)

  def rebuild(
    self, images: layers.Images, seen: Float[Array, 'B h w C'], levels: list[Array], small: Array
  ) -> dict[str, tuple[Array, Array]]:
    """The 'reconstructions' of maps of D."""
    doublings, channels = len(self.widths) - 2, images.shape[-1]
    sizes = pyramid(seen.shape[1:3], (2,) * doublings)[-2::-1]
    height, width = (side // 2 for side in levels[-2].shape[1:3])
    wanted = [(height << k, width << k) for k in range(1, doublings + 1)]
    drawn = jax.random.randint(self.make_rng('dropout'), (2,), 0, 2) if self.has_rng('dropout') else (0, 0)
    target = quarter(layers.mean_pool(images, self.stem), drawn, wanted[-1])
    return {
      'whole': (self.decode(levels[-1], sizes, channels), seen),
      'small': (self.decode(small, sizes, channels), seen),
      'part': (self.decode(quarter(levels[-2], drawn, (height, width)), wanted, channels), target),
    }

  def decode(
    self, maps: layers.Images, sizes: list[tuple[int, int]], channels: int
  ) -> Float[Array, 'B h w {channels}']:
    """Images in [-1, 1] of the last of `sizes`; there are no statistics for what only training does."""
    for k, size in enumerate(reversed(range(len(sizes)))):
      width = self.decoder * (1, 2, 2, 4)[min(size, 3)]
      maps = self.conv(layers.nearest(maps, 2, sizes[k]), 2 * width, 3)
      maps = gated(layers.BatchNorm(train=True, groups=self.norm_groups, running=False)(maps))
    return layers.image_output(self.conv(maps, channels, 3))


def gated(maps: Float[Array, 'B H W C']) -> Float[Array, 'B H W C//2']:
  """The first half of the channels times the sigmoid of the other: Dauphin et al. 2017, eq. 1.

  https://arxiv.org/abs/1612.08083.
  """
  values, gates = jnp.split(maps, 2, -1)
  return values * nn.sigmoid(gates)


def quarter(
  maps: layers.Images, corner: tuple[int, int] | Int[Array, '2'], size: tuple[int, int]
) -> Float[Array, 'B {size[0]} {size[1]} C']:
  """A part of the maps that begins at the start (0) or ends at the end (1) of their rows and columns."""
  starts = [corner[k] * (maps.shape[1 + k] - size[k]) for k in range(2)]
  return jax.lax.dynamic_slice(maps, (0, *starts, 0), (len(maps), *size, maps.shape[-1]))
