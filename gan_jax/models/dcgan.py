"""DCGAN's two networks (Radford et al. 2016, https://arxiv.org/abs/1511.06434), for any size of image.

Strided convolutions instead of pooling, no hidden dense layers, batch norm except at G's output and D's
input, ReLU and tanh in G, leaky ReLU in D. Sizes halve by ceil, down and up again, so 50x37 works too.
"""

from collections.abc import Sequence

import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.configs.fields import SOME, option
from gan_jax.models import layers


class Generator(layers.Network):
  """Latents to images in [-1, 1].

  A dense layer makes the first map, `width` channels deep; transposed convolutions halve the depth and
  undo one stride each; the last makes the image.
  """

  image_shape: tuple[int, ...] = layers.given(())
  width: int = option(512, '>= 1', 'channels of the first map, the WIDEST; half as many after each stride')
  strides: tuple[int, ...] = option((2, 2, 2, 2), '>= 1', 'of each transposed convolution', SOME)
  kernel: int = option(4, '>= 1', 'height and width of the convolutions')
  norm: tuple[bool, ...] = option((True,) * 4, '', 'batch norm before each of the transposed convolutions')
  norm_momentum: float = option(0.9, '[0, 1)', 'of the running batch statistics')
  use_bias: bool = option(False, '', 'add a bias in each layer')

  @nn.compact
  def __call__(
    self,
    latents: Float[Array | np.ndarray, 'B latent_dim'],
    condition: layers.Condition = None,
    train: bool = False,
  ) -> Float[Array, 'B H W C']:
    check('generator', self)
    if not self.width >> (len(self.strides) - 1):
      raise errors.UserError(f'generator.width={self.width} cannot be halved at each of {self.strides}')
    common = dict(use_bias=self.use_bias, **self.weights)
    sizes = pyramid(self.image_shape[:2], self.strides)[::-1]
    height, width = sizes[0]
    hidden = nn.Dense(height * width * self.width, **common)(latents)
    hidden = hidden.reshape(-1, height, width, self.width)
    for i, (stride, size) in enumerate(zip(self.strides[::-1], sizes[1:], strict=True)):
      norm = 'batch' if self.norm[i] else 'none'
      hidden = nn.relu(self.normalize(norm, train, self.norm_momentum, condition)(hidden))
      last = i == len(self.strides) - 1
      features = self.image_shape[-1] if last else self.width >> (i + 1)
      hidden = layers.ConvTranspose(features, self.kernel, stride, size, **common)(hidden)
    return layers.image_output(hidden)


class Discriminator(layers.Network):
  """Images to {'logits': [B], 'features': [B, K]}, the features being the last hidden layer.

  Strided convolutions, `width` channels after the first and twice as many after each; then one dense layer.
  """

  width: int = option(
    64, '>= 1', 'channels of the first layer, the NARROWEST; twice as many after each stride'
  )
  strides: tuple[int, ...] = option((2, 2, 2, 2), '>= 1', 'of each convolution', SOME)
  kernel: int = option(4, '>= 1', 'height and width of the convolutions')
  norm: tuple[bool, ...] = option((False, True, True, True), '', 'batch norm after each convolution')
  norm_momentum: float = option(0.9, '[0, 1)', 'of the running batch statistics')
  use_bias: bool = option(False, '', 'add a bias in each layer')
  slope: float = option(0.2, '', 'of leaky ReLU below 0')
  pooling: str = option(
    'none', 'none | average', 'before the dense layer: average over all places, so that features are [B, C]'
  )

  @nn.compact
  def __call__(self, images: layers.Images, train: bool = False) -> dict[str, Array]:
    check('discriminator', self)
    common = dict(use_bias=self.use_bias, **self.weights)
    hidden = images
    for i, (stride, norm) in enumerate(zip(self.strides, self.norm, strict=True)):
      hidden = layers.Conv(self.width << i, self.kernel, stride, **common)(hidden)
      if norm:
        hidden = self.normalize('batch', train, self.norm_momentum)(hidden)
      hidden = nn.leaky_relu(hidden, self.slope)
    hidden = layers.at_least_float32(hidden)
    features = hidden.reshape(len(hidden), -1) if self.pooling == 'none' else hidden.mean((1, 2))
    logits = nn.Dense(1, use_bias=self.use_bias, kernel_init=self.kernel_init)(features)[:, 0]
    return {'logits': logits, 'features': features}


def check(role: str, network: Generator | Discriminator) -> None:
  """Raises UserError unless `norm` has an entry for each of `strides`."""
  if len(network.norm) != len(network.strides):
    raise errors.UserError(
      f'{role}.norm={network.norm} must have as many entries as {role}.strides={network.strides}'
    )


def pyramid(size: Sequence[int], strides: Sequence[int]) -> list[tuple[int, int]]:
  """The sizes [(H, W), ...] from `size` down, each side divided by the strides in turn, rounded up."""
  sizes = [tuple(size)]
  for stride in strides:
    sizes.append(tuple(-(-side // stride) for side in sizes[-1]))
  return sizes
