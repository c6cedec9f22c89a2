"""The networks of StyleGAN2: Karras et al. 2020, https://arxiv.org/abs/1912.04958, config F.

Latents become styles, styles scale the weights of each layer; nothing is normalised but weights and latents.
Each weight has an equalised learning rate. For any size of image: sizes halve by ceil, down and up again.
Widths as in the authors' code are 512 up to 64 pixels, then 256, 128, 64, 32 for 128 to 1024; their smaller
model for 256 has half of each width, at most 512. Penalties and rates that belong to it are in the paper.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.configs.fields import SOME, option
from gan_jax.models import layers
from gan_jax.models.dcgan import pyramid

SLOPE = 0.2
WIDTHS = 'channels at each size, from the SMALLEST maps to those of the size of images; each twice as large'
Styles = Float[Array | np.ndarray, 'B L D']


def leaky(values: Float[Array, '*shape']) -> Float[Array, '*shape']:
  """Leaky ReLU times the square root of 2, which about keeps the mean square of normal values."""
  return math.sqrt(2) * nn.leaky_relu(values, SLOPE)


def unit(vectors: Float[Array | np.ndarray, 'B K']) -> Float[Array, 'B K']:
  """The vectors over the roots of their mean squares."""
  return vectors * jax.lax.rsqrt((vectors**2).mean(-1, keepdims=True) + 1e-8)


class Styled(layers.Network):
  """What both networks have; neither is given initial weights by a config, nor spectral norm."""

  widths: tuple[int, ...] = option((512,) * 5, '>= 1', WIDTHS, SOME)
  initializer: str = layers.given('')
  init_scale: float = layers.given(0.0)
  spectral_norm: bool = layers.given(False)

  @property
  def kernel_init(self) -> Callable:
    """That of every layer."""
    return layers.scaled()


class Generator(Styled):
  """Latents to images without bounds: a `mapping` of latents to styles, then the `synthesis` of an image.

  A condition after `latent_dim` latents is embedded, and normalised, beside them. The collection
  'style_stats' has the moving average of styles, to which truncation moves them.
  """

  image_shape: tuple[int, ...] = layers.given(())
  latent_dim: int = layers.given(0)  # numbers of the input that are latents; 0: all
  style_dim: int = option(512, '>= 1', 'numbers in a style')
  mapping_layers: int = option(8, '>= 1', 'from latents to styles')
  mapping_rate: float = option(0.01, '> 0', 'how fast they learn, over the rate of all other layers')
  mean_decay: float = option(0.995, '[0, 1)', 'of the moving average of styles')
  mixing: float = option(0.9, '[0, 1]', 'share of images that learn with styles of two latents, in turn')
  noise: bool = option(True, '', 'add noise, of a learned strength, to maps; out of training always the same')

  def setup(self) -> None:
    self.mapper = Mapping(self.latent_dim, self.mapping_layers, self.style_dim, self.mapping_rate)
    self.synthesizer = layers.Equalized(Synthesis(self.image_shape, self.widths, self.noise, self.dtype))
    self.mean = self.variable('style_stats', 'mean', jnp.zeros, (self.style_dim,))

  def __call__(
    self, latents: Float[Array | np.ndarray, 'B inputs'], train: bool = False
  ) -> Float[Array, 'B H W C']:
    return self.synthesis(self.mapping(latents, train), train)

  def mapping(
    self, latents: Float[Array | np.ndarray, 'B inputs'], train: bool = False
  ) -> Float[Array, 'B L {self.style_dim}']:
    """The style of each latent, for every layer; in training their average goes to it."""
    styles = self.mapper(latents)
    if train and not self.is_initializing():
      mean = self.mean.value
      self.mean.value = self.mean_decay * mean + (1 - self.mean_decay) * styles.mean(0)
    return jnp.repeat(styles[:, None], 2 * len(self.widths), 1)

  def synthesis(self, styles: Styles, train: bool = False) -> Float[Array, 'B H W C']:
    """Images of styles of each layer, the first ones those of the smallest maps."""
    return self.synthesizer(styles, train=train)

  def style_mean(self) -> Float[Array, ' D']:
    """The moving average of styles."""
    return self.mean.value


class Mapping(nn.Module):
  """Latents, and a condition after them, to styles [B, D], in at least float32."""

  latent_dim: int
  depth: int
  width: int
  rate: float | Array

  @nn.compact
  def __call__(self, inputs: Float[Array | np.ndarray, 'B inputs']) -> Float[Array, 'B {self.width}']:
    count = self.latent_dim or inputs.shape[-1]
    latents, condition = jnp.split(layers.at_least_float32(inputs), [count], -1)
    dense, hidden = lambda: nn.Dense(self.width, kernel_init=layers.scaled()), unit(latents)
    if condition.shape[-1]:
      embedded = layers.Equalized(dense())(condition)
      hidden = jnp.concatenate([hidden, unit(embedded)], -1)
    for _ in range(self.depth):
      hidden = leaky(layers.Equalized(dense(), self.rate)(hidden))
    return hidden


class Synthesis(nn.Module):
  """Styles [B, 2 x sizes, D] to images: a learned map, layers, and at each size what they add to the image.

  The last style of a size, that of its image, is also the first of the next.
  """

  image_shape: tuple[int, ...]
  widths: tuple[int, ...]
  noise: bool
  dtype: str | None

  @nn.compact
  def __call__(self, styles: Styles, train: bool = False) -> Float[Array, 'B H W C']:
    sizes = pyramid(self.image_shape[:2], (2,) * (len(self.widths) - 1))[::-1]
    constant = self.param('constant', nn.initializers.normal(1), (*sizes[0], self.widths[0]))
    maps, images = jnp.broadcast_to(constant, (len(styles), *constant.shape)), None
    for k, (size, features) in enumerate(zip(sizes, self.widths, strict=True)):
      if k:
        maps = Layer(features, size, self.noise, self.dtype)(maps, styles[:, 2 * k - 1], train)
      maps = Layer(features, None, self.noise, self.dtype)(maps, styles[:, 2 * k], train)
      added = self.colours(maps, styles[:, 2 * k + 1], k)
      images = layers.filter_up(images, size) + added if k else added
    return images

  def colours(
    self, maps: layers.Images, style: Float[Array, 'B D'], k: int
  ) -> Float[Array, 'B H W {self.image_shape[-1]}']:
    """What the maps of the k-th size add to the image."""
    channels = self.image_shape[-1]
    colours = layers.ModulatedConv(channels, 1, demodulate=False, dtype=self.dtype)(maps, style)
    return layers.at_least_float32(colours) + self.param(f'bias_{k}', nn.initializers.zeros, (channels,))


class Layer(nn.Module):
  """A modulated convolution, noise, a bias and leaky ReLU."""

  features: int
  size: tuple[int, int] | None  # of the maps that come out, if it is another
  noise: bool
  dtype: str | None

  @nn.compact
  def __call__(
    self, maps: layers.Images, style: Float[Array, 'B D'], train: bool
  ) -> Float[Array, 'B H2 W2 {self.features}']:
    maps = layers.ModulatedConv(self.features, size=self.size, dtype=self.dtype)(maps, style)
    maps = layers.Noise(train)(maps) if self.noise else maps
    bias = self.param('bias', nn.initializers.zeros, (self.features,))
    return leaky(maps + bias.astype(maps.dtype))


class Discriminator(Styled):
  """Images to {'logits': [B], 'features': [B, K]}, the features being the last hidden layer."""

  minibatch: int = option(4, '>= 0', 'images in a group whose deviation is one channel more; 0: none')

  @nn.compact
  def __call__(self, images: layers.Images, train: bool = False) -> dict[str, Array]:
    return layers.Equalized(Residual(self.widths, self.minibatch, self.dtype))(images)


class Residual(nn.Module):
  """Residual blocks, each to half of the size, then one convolution and two dense layers."""

  widths: tuple[int, ...]
  minibatch: int
  dtype: str | None

  @nn.compact
  def __call__(self, images: layers.Images) -> dict[str, Array]:
    maps = leaky(self.conv(self.widths[-1], 1)(images))
    for features in self.widths[-2::-1]:
      maps = self.block(maps, features)
    if self.minibatch:
      maps = layers.minibatch_deviation(maps, self.minibatch)
    maps = layers.at_least_float32(leaky(self.conv(self.widths[0], 3)(maps)))
    dense = lambda features: nn.Dense(features, kernel_init=layers.scaled())
    features = leaky(dense(self.widths[0])(maps.reshape(len(maps), -1)))
    return {'logits': dense(1)(features)[:, 0], 'features': features}

  def block(self, maps: layers.Images, features: int) -> Float[Array, 'B h w {features}']:
    """Maps of half of the size, filtered before the convolution that leaves places out."""
    inside = leaky(self.conv(maps.shape[-1], 3)(maps))
    rows, columns = ((2, 2 + side % 2) for side in maps.shape[1:3])
    inside = layers.filtered(inside, rows, columns)
    inside = leaky(self.conv(features, 3, 2, padding='none')(inside))
    short = nn.Dense(features, use_bias=False, kernel_init=layers.scaled(), dtype=self.dtype)
    return (inside + short(layers.filter_down(maps))) / math.sqrt(2)

  def conv(self, features: int, kernel: int, stride: int = 1, padding: str = 'zeros') -> layers.Conv:
    """A convolution of this network."""
    init = layers.scaled()
    return layers.Conv(features, kernel, stride, kernel_init=init, dtype=self.dtype, padding=padding)
