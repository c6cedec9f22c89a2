"""The generator of SRGAN: residual blocks at low resolution, then pixel shuffles.

Ledig et al. 2017, fig. 4, https://arxiv.org/abs/1609.04802; the shuffle: Shi et al. 2016, eq. 4,
https://arxiv.org/abs/1609.05158.
"""

from collections.abc import Sequence

import jax
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.configs.fields import names, option
from gan_jax.models import layers


class Generator(layers.Network):
  """Images to images of `image_shape` = (H, W, D) in [-1, 1], H / h = W / w being 2, 4 or 8."""

  image_shape: tuple[int, ...] = layers.given(())
  width: int = option(64, '>= 1', 'channels of each layer')
  blocks: int = option(16, '>= 0', 'residual blocks')
  kernel: int = option(9, '>= 1', 'of the first and the last convolution')
  norm: str = option('batch', names(layers.NORMS), 'after each convolution')
  residual: bool = option(False, '', 'G adds to an enlarged input, instead of making all of the image')
  initializer: str = option('he_normal', names(layers.INITIALIZERS), 'of the first weights')

  @nn.compact
  def __call__(
    self, images: Float[Array | np.ndarray, 'B h w C'], train: bool = False
  ) -> Float[Array, 'B H W D']:
    common = dict(stride=1, **self.weights)
    norm = lambda hidden: self.normalize(self.norm, train)(hidden)
    first = nn.PReLU()(layers.Conv(self.width, self.kernel, **common)(images))
    hidden = first
    for _ in range(self.blocks):
      inside = nn.PReLU()(norm(layers.Conv(self.width, 3, **common)(hidden)))
      hidden = hidden + norm(layers.Conv(self.width, 3, **common)(inside))
    hidden = first + norm(layers.Conv(self.width, 3, **common)(hidden))
    for _ in range(doublings(images.shape, self.image_shape)):
      hidden = nn.PReLU()(shuffle(layers.Conv(4 * self.width, 3, **common)(hidden)))
    out = layers.Conv(self.image_shape[-1], self.kernel, **common)(hidden)
    return layers.image_output(out, enlarge(images, self.image_shape) if self.residual else None)


def doublings(shape: Sequence[int], image_shape: Sequence[int]) -> int:
  """How often images [B, h, w, C] must be doubled to be of `image_shape` (H, W, C). Raises UserError."""
  (height, width), (tall, wide) = shape[1:3], image_shape[:2]
  times = (tall // height).bit_length() - 1
  if (height << times, width << times) != (tall, wide):
    raise errors.UserError(f'{height}x{width} images cannot be doubled to {tall}x{wide}')
  return times


def shuffle(hidden: Float[Array, 'B H W D']) -> Float[Array, 'B 2*H 2*W D//4']:
  """Each pixel's channels become four pixels."""
  batch, height, width, channels = hidden.shape
  parts = hidden.reshape(batch, height, width, 2, 2, channels // 4)
  return parts.transpose(0, 1, 3, 2, 4, 5).reshape(batch, 2 * height, 2 * width, channels // 4)


def enlarge(
  images: Float[Array | np.ndarray, 'B h w C'], image_shape: Sequence[int]
) -> Float[Array, 'B H W C']:
  """Images at the size of `image_shape`, by bicubic interpolation."""
  return jax.image.resize(images, (len(images), *image_shape[:2], images.shape[-1]), 'bicubic')
