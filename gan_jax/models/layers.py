"""What the networks share: convolutions in the form that the backend runs fast, initial weights.

On a CPU, XLA runs a convolution's weight gradient in a naive loop when both sides are dilated, and any
convolution slowly inside `lax.scan`. Written as one matrix product and shifted copies, both vanish, and
every derivative (first, second, forward) comes from plain autodiff. Accelerators run the native form.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax.ad_checkpoint import checkpoint_name

from gan_jax import names

ACTIVATIONS = ('identity', 'relu', 'leaky_relu', 'elu', 'gelu', 'silu', 'softplus', 'tanh', 'sigmoid')
SCALED = ('normal', 'truncated_normal', 'orthogonal')  # initializers that take a scale
UNSCALED = tuple(f'{fans}_{law}' for fans in ('glorot', 'he', 'lecun') for law in ('normal', 'uniform'))
CONVOLVED = 'convolved'  # the name of what a convolution gives, for jax.checkpoint
DIMENSIONS = ('NHWC', 'HWIO', 'NHWC')


def native():
  """Whether convolutions run as the backend's own operation (accelerators) or as matrix products (CPU)."""
  return jax.default_backend() != 'cpu'


def initializer(name, scale):
  """The initializer `name` of jax.nn.initializers; `scale` is the standard deviation of 'normal', that of
  'truncated_normal' before the cut, and the gain of 'orthogonal'; UNSCALED ones have none."""
  if name not in SCALED + UNSCALED:
    raise names.unknown('initializer', name, SCALED + UNSCALED)
  make = getattr(jax.nn.initializers, name)
  return make(scale) if name in SCALED else make()


def function(name):
  """The activation `name` of jax.nn. Raises UserError for one that is not in ACTIVATIONS."""
  if name not in ACTIVATIONS:
    raise names.unknown('activation', name, ACTIVATIONS)
  return getattr(jax.nn, name)


def wide(values):
  """The values in at least float32: outputs, logits and what losses are made of."""
  return values.astype(jnp.promote_types(values.dtype, jnp.float32))


class Conv(nn.Module):
  """A strided convolution: [B, H, W, C] to [B, ceil(H / stride), ceil(W / stride), features]."""

  features: int
  kernel: int = 4
  stride: int = 2
  use_bias: bool = True
  kernel_init: Callable = nn.initializers.lecun_normal()
  dtype: str | None = None  # to compute in

  @nn.compact
  def __call__(self, images):
    images, kernel, bias = kernel_and_bias(self, images)
    return checkpoint_name(convolve(images, kernel, self.stride) + bias, CONVOLVED)


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


def convolve(images, kernel, stride):
  """`images` [B, H, W, C] convolved with `kernel` [k, k, C, F], zero padding 'SAME': [B, H', W', F]."""
  if native():
    return jax.lax.conv_general_dilated(
      images, kernel, (stride, stride), 'SAME', dimension_numbers=DIMENSIONS
    )
  height, width = (-(-side // stride) for side in images.shape[1:3])
  blocks = _blocks(images, kernel.shape[0], stride)
  windows, weights = [], []
  for a, b, taps in _taps(kernel, stride):
    window = blocks[:, a : a + height, b : b + width, : taps.shape[0], : taps.shape[1]]
    windows.append(window.reshape(*window.shape[:3], -1))
    weights.append(taps.reshape(-1, taps.shape[-1]))
  return _matmul(jnp.concatenate(windows, -1), jnp.concatenate(weights))


def transpose_convolve(images, kernel, stride, size):
  """The transpose of `convolve` from `size` images: [B, h, w, C], kernel [k, k, C, F], to [B, *size, F].

  Tap t of the kernel adds images[i] @ kernel[t] to pixel i * stride + t - padding.
  """
  if native():
    return _native_transpose(images, kernel, stride, size)
  reach, channels, features = -(-kernel.shape[0] // stride), *kernel.shape[2:]
  batch, height, width, _ = images.shape
  parts = _taps(kernel, stride)
  weights = [taps.transpose(2, 0, 1, 3).reshape(channels, -1) for _, _, taps in parts]
  rays = jnp.split(images @ jnp.concatenate(weights, 1), np.cumsum([w.shape[1] for w in weights])[:-1], -1)
  blocks = 0  # [B, rows, columns, stride, stride, F]
  for (a, b, taps), ray in zip(parts, rays, strict=True):  # what a pixel adds to the block (a, b) further
    ray = ray.reshape(batch, height, width, *taps.shape[:2], features)
    moved = [(n, reach - 1 - n) for n in (a, b)]
    filled = [(0, stride - n) for n in taps.shape[:2]]
    blocks += jnp.pad(ray, [(0, 0), *moved, *filled, (0, 0)])
  pixels = blocks.transpose(0, 1, 3, 2, 4, 5).reshape(batch, blocks.shape[1] * stride, -1, features)
  top, left = (_padding(side, kernel.shape[0], stride)[0] for side in size)
  return pixels[:, top : top + size[0], left : left + size[1]]


def _native_transpose(images, kernel, stride, size):
  taps = kernel.shape[0]
  pads = []
  for side, small in zip(size, images.shape[1:3], strict=True):
    before = taps - 1 - _padding(side, taps, stride)[0]
    pads.append((before, side + taps - 2 - (small - 1) * stride - before))  # so that `side` comes out
  return jax.lax.conv_general_dilated(
    images, kernel[::-1, ::-1], (1, 1), pads, lhs_dilation=(stride, stride), dimension_numbers=DIMENSIONS
  )


def _padding(side, taps, stride):
  """Zeros before and after a side, as 'SAME' has them."""
  total = max((-(-side // stride) - 1) * stride + taps - side, 0)
  return total // 2, total - total // 2


def _blocks(images, taps, stride):
  """Images padded as 'SAME' and cut into blocks: [B, rows, columns, stride, stride, C]."""
  reach = -(-taps // stride)
  pads, counts = [(0, 0)], []
  for side in images.shape[1:3]:
    before = _padding(side, taps, stride)[0]
    counts.append(-(-side // stride) + reach - 1)
    pads.append((before, counts[-1] * stride - side - before))
  padded = jnp.pad(images, [*pads, (0, 0)])
  cut = padded.reshape(len(images), counts[0], stride, counts[1], stride, -1)
  return cut.transpose(0, 1, 3, 2, 4, 5)


def _taps(kernel, stride):
  """[(a, b, taps [<= stride, <= stride, C, F]), ...]: the kernel cut into the blocks that it reaches."""
  starts = range(0, kernel.shape[0], stride)
  return [(t // stride, u // stride, kernel[t : t + stride, u : u + stride]) for t in starts for u in starts]


def _matmul(patches, weights):
  """patches [B, h, w, K] @ weights [K, F], in the form whose weight gradient is fast.

  XLA transposes the whole cotangent for it, which crawls where B * h * w is a large power of two. Where the
  weights are small, a copy for each image makes that many small products instead.
  """
  if weights.size > patches[0].size // 4:
    return patches @ weights
  batch, height, width, _ = patches.shape
  copies = jnp.broadcast_to(weights, (batch, *weights.shape))
  return (patches.reshape(batch, height * width, -1) @ copies).reshape(batch, height, width, -1)
