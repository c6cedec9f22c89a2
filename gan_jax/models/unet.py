"""The U-Net generator of pix2pix: an encoder and a decoder with a link at each size.

Isola et al. 2017, sec. 3.2.1 and app. 6.1.1, https://arxiv.org/abs/1611.07004.
"""

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.models import layers


class Generator(layers.Network):
  """Images to images in [-1, 1] with image_shape[-1] channels, of any H and W.

  Sizes halve by ceil, `depth` times at most, down to 1 pixel. Its only noise is dropout in the first layers
  of the decoder, in training and out of it: without a 'dropout' rng there is none. Without `skips` it
  is a context encoder (Pathak et al. 2016, fig. 2, https://arxiv.org/abs/1604.07379, with convolutions only).
  With `residual` it adds to the first image_shape[-1] channels of what it is given, without the bounds.
  """

  image_shape: tuple[int, ...] = layers.given(())
  width: int = 64  # channels after the first stride; twice as many after each, at most `widest`
  widest: int = 512
  depth: int = 8
  dropout: float = 0.5
  dropout_layers: int = 3
  skips: bool = True  # links at each size; without them it is a context encoder
  residual: bool = False  # G adds to its input, instead of making all of the image
  norm: str = 'batch'
  slope: float = 0.2  # of the encoder's leaky ReLU

  @nn.compact
  def __call__(self, images: layers.Images, train: bool = False) -> Float[Array, 'B H W D']:
    common = dict(kernel=4, **self.weights)
    norm = lambda hidden: self.normalize(self.norm, train)(hidden)
    width_of = lambda level: min(self.width << level, self.widest)
    depth = min(self.depth, (max(images.shape[1:3]) - 1).bit_length())
    skips, hidden = [images], images
    for level in range(depth):
      if level:
        hidden = nn.leaky_relu(hidden, self.slope)
      hidden = layers.Conv(width_of(level), stride=2, **common)(hidden)
      if 0 < level < depth - 1:  # a single pixel has no variance
        hidden = norm(hidden)
      skips.append(hidden)
    for level in reversed(range(depth)):
      size = skips[level].shape[1:3]
      features = width_of(level - 1) if level else self.image_shape[-1]
      hidden = layers.ConvTranspose(features, stride=2, size=size, **common)(nn.relu(hidden))
      if level:
        hidden = norm(hidden)
        if depth - 1 - level < self.dropout_layers:
          hidden = nn.Dropout(self.dropout, deterministic=not self.has_rng('dropout'))(hidden)
        if self.skips:
          hidden = jnp.concatenate([hidden, skips[level]], -1)
    return layers.image_output(hidden, images if self.residual else None)
