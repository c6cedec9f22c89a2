"""The generator of SRGAN: residual blocks at low resolution, then pixel shuffles.

Ledig et al. 2017, fig. 4, https://arxiv.org/abs/1609.04802; the shuffle: Shi et al. 2016, eq. 4,
https://arxiv.org/abs/1609.05158.
"""

import jax
from flax import linen as nn

from gan_jax import errors
from gan_jax.models import layers
from gan_jax.models.layers import norms


class Generator(nn.Module):
  """Images [B, h, w, C] to images `image_shape` = (H, W, C) in [-1, 1], H / h = W / w being 2, 4 or 8."""

  image_shape: tuple
  width: int = 64
  blocks: int = 16
  kernel: int = 9  # of the first and the last convolution
  norm: str = 'batch'
  residual: bool = False  # G adds to an enlarged input, instead of making all of the image
  initializer: str = 'he_normal'
  init_scale: float = 0.02
  dtype: str | None = None  # to compute in
  norm_groups: int = 1

  @nn.compact
  def __call__(self, images, train=False):
    init = layers.initializer(self.initializer, self.init_scale)
    common = dict(stride=1, kernel_init=init, dtype=self.dtype)
    norm = lambda hidden: norms.layer(self.norm, train, self.norm_groups)(hidden)
    first = nn.PReLU()(layers.Conv(self.width, self.kernel, **common)(images))
    hidden = first
    for _ in range(self.blocks):
      inside = nn.PReLU()(norm(layers.Conv(self.width, 3, **common)(hidden)))
      hidden = hidden + norm(layers.Conv(self.width, 3, **common)(inside))
    hidden = first + norm(layers.Conv(self.width, 3, **common)(hidden))
    for _ in range(doublings(images.shape, self.image_shape)):
      hidden = nn.PReLU()(shuffle(layers.Conv(4 * self.width, 3, **common)(hidden)))
    made = layers.Conv(self.image_shape[-1], self.kernel, **common)(hidden)
    return layers.image(made, enlarge(images, self.image_shape) if self.residual else None)


def doublings(shape, image_shape):
  """How often images [B, h, w, C] must be doubled to be of `image_shape` (H, W, C). Raises UserError."""
  (height, width), (tall, wide) = shape[1:3], image_shape[:2]
  times = (tall // height).bit_length() - 1
  if (height << times, width << times) != (tall, wide):
    raise errors.UserError(f'{height}x{width} images cannot be doubled to {tall}x{wide}')
  return times


def shuffle(hidden):
  """[B, H, W, 4 C] to [B, 2 H, 2 W, C]: each pixel's channels become four pixels."""
  batch, height, width, channels = hidden.shape
  parts = hidden.reshape(batch, height, width, 2, 2, channels // 4)
  return parts.transpose(0, 1, 3, 2, 4, 5).reshape(batch, 2 * height, 2 * width, channels // 4)


def enlarge(images, image_shape):
  """Images [B, h, w, C] at the size of `image_shape`, by bicubic interpolation."""
  return jax.image.resize(images, (len(images), *image_shape[:2], images.shape[-1]), 'bicubic')
