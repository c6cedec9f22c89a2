"""The U-Net generator of pix2pix: an encoder and a decoder with a link at each size.

Isola et al. 2017, sec. 3.2.1 and app. 6.1.1, https://arxiv.org/abs/1611.07004.
"""

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.configs.fields import names, option
from gan_jax.models import layers


class Generator(layers.Network):
  """Images to images in [-1, 1] with image_shape[-1] channels, of any H and W.

  Sizes halve by ceil, `depth` times, or until 1 pixel is left of the images that its params are made for;
  images of other sizes are halved as often. Its only noise is dropout in the first layers of the decoder, in
  training and out of it: without a 'dropout' rng there is none. Without `skips` it is a context encoder
  (Pathak et al. 2016, fig. 2, https://arxiv.org/abs/1604.07379, with convolutions only).
  With `residual` it adds to the first image_shape[-1] channels of what it is given, without the bounds.
  """

  image_shape: tuple[int, ...] = layers.given(())
  width: int = option(64, '>= 1', 'channels after the first stride, the NARROWEST; twice as many after each')
  widest: int = option(512, '>= 1', 'channels of any layer at most')
  depth: int = option(8, '>= 1', 'strides at most; fewer where an image is a single pixel before')
  dropout: float = option(0.5, '[0, 1)', 'share of what is dropped, in and after training: the only noise')
  dropout_layers: int = option(3, '>= 0', 'of the decoder that have dropout, the first ones')
  skips: bool = option(True, '', 'links at each size; without them it is a context encoder')
  residual: bool = option(False, '', 'G adds to its input, instead of making all of the image')
  norm: str = option('batch', names(layers.NORMS), 'after each convolution but the outermost')
  slope: float = option(0.2, '', "of the encoder's leaky ReLU below 0")

  @nn.compact
  def __call__(self, images: layers.Images, train: bool = False) -> Float[Array, 'B H W D']:
    common = dict(kernel=4, **self.weights)
    norm = lambda hidden: self.normalize(self.norm, train)(hidden)
    width_of = lambda level: min(self.width << level, self.widest)
    depth = self._depth(images)
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

  def _depth(self, images):
    """How often sizes halve: with params as often as these have layers for, whatever the images."""
    trained = sum(name.startswith('Conv_') for name in self.variables.get('params', {}))
    return trained or max(1, min(self.depth, (max(images.shape[1:3]) - 1).bit_length()))
