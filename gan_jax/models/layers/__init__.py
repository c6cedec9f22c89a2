"""What the networks share: convolution layers, initial weights, activations by name."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.ad_checkpoint import checkpoint_name

from gan_jax import errors
from gan_jax.models.convolution import patches
from gan_jax.models.convolution.operations import convolve, transpose_convolve

ACTIVATIONS = ('identity', 'relu', 'leaky_relu', 'elu', 'gelu', 'silu', 'softplus', 'tanh', 'sigmoid')
SCALED = ('normal', 'truncated_normal', 'orthogonal')  # initializers that take a scale
UNSCALED = tuple(f'{fans}_{law}' for fans in ('glorot', 'he', 'lecun') for law in ('normal', 'uniform'))
PADDINGS = ('zeros', 'reflect')
CONVOLVED = 'convolved'  # the name of what a convolution gives, for jax.checkpoint


def initializer(name, scale):
  """The initializer `name` of jax.nn.initializers; `scale` is the standard deviation of 'normal', that of
  'truncated_normal' before the cut, and the gain of 'orthogonal'; UNSCALED ones have none."""
  if name not in SCALED + UNSCALED:
    raise errors.unknown('initializer', name, SCALED + UNSCALED)
  make = getattr(jax.nn.initializers, name)
  return make(scale) if name in SCALED else make()


def function(name, slope=0.2):
  """The activation `name` of jax.nn; `slope` is leaky ReLU's. Raises UserError for one not in ACTIVATIONS."""
  if name not in ACTIVATIONS:
    raise errors.unknown('activation', name, ACTIVATIONS)
  return (
    functools.partial(jax.nn.leaky_relu, negative_slope=slope)
    if name == 'leaky_relu'
    else getattr(jax.nn, name)
  )


def wide(values):
  """The values in at least float32: outputs, logits and what losses are made of."""
  return values.astype(jnp.promote_types(values.dtype, jnp.float32))


def image(hidden, start=None):
  """What a generator ends with: the tanh of `hidden` [B, H, W, C], in at least float32.

  With `start` [B, H, W, C or more], the sum of its first C channels and `hidden` instead, without bounds.
  """
  hidden = wide(hidden)
  return nn.tanh(hidden) if start is None else start[..., : hidden.shape[-1]] + hidden


class Conv(nn.Module):
  """A strided convolution: [B, H, W, C] to [B, ceil(H / stride), ceil(W / stride), features]."""

  features: int
  kernel: int = 4
  stride: int = 2
  use_bias: bool = True
  kernel_init: Callable = nn.initializers.lecun_normal()
  dtype: str | None = None  # to compute in
  padding: str = 'zeros'  # around the images; or reflect: they go on as in a mirror

  @nn.compact
  def __call__(self, images):
    if self.padding not in PADDINGS:
      raise errors.unknown('padding', self.padding, PADDINGS)
    images, kernel, bias = kernel_and_bias(self, images)
    if self.padding == 'zeros':
      maps = convolve(images, kernel, self.stride)
    else:
      maps = convolve(_reflected(images, self.kernel, self.stride), kernel, self.stride, 'VALID')
    return checkpoint_name(maps + bias, CONVOLVED)


def _reflected(images, kernel, stride):
  """Images [B, H, W, C] padded with their own pixels to where 'SAME' has zeros."""
  pads = [patches.padding(side, -(-side // stride), kernel, stride) for side in images.shape[1:3]]
  return jnp.pad(images, [(0, 0), *pads, (0, 0)], 'reflect')


class ConvTranspose(nn.Module):
  """A transposed convolution: [B, h, w, C] to [B, H, W, features], (H, W) = `size` or stride * (h, w).

  It is the transpose of the convolution that `Conv` computes, so ceil(H / stride) must be h.
  """

  features: int
  kernel: int = 4
  stride: int = 2
  size: tuple | None = None
  use_bias: bool = True
  kernel_init: Callable = nn.initializers.lecun_normal()
  dtype: str | None = None

  @nn.compact
  def __call__(self, images):
    size = self.size or tuple(self.stride * side for side in images.shape[1:3])
    images, kernel, bias = kernel_and_bias(self, images)
    return checkpoint_name(transpose_convolve(images, kernel, self.stride, size) + bias, CONVOLVED)


def kernel_and_bias(layer, images):
  """(images, kernel [k, k, C, F], bias [F] or 0) of a Conv or ConvTranspose, in the type it computes in."""
  shape = (layer.kernel, layer.kernel, images.shape[-1], layer.features)
  kernel = layer.param('kernel', layer.kernel_init, shape)
  if not layer.use_bias:
    return *nn.dtypes.promote_dtype(images, kernel, dtype=layer.dtype), 0
  bias = layer.param('bias', nn.initializers.zeros, (layer.features,))
  return tuple(nn.dtypes.promote_dtype(images, kernel, bias, dtype=layer.dtype))
