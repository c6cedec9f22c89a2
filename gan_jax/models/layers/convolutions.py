"""Strided convolutions and their transposes as layers."""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax.ad_checkpoint import checkpoint_name
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.models.convolution import patches, uniform
from gan_jax.models.convolution.operations import convolve, grouped_convolve, transpose_convolve

PADDINGS = ('zeros', 'reflect', 'none')
Images = Float[Array | np.ndarray, 'B H W C']
CONVOLVED = 'convolved'  # the name of what a convolution gives, for jax.checkpoint


class Conv(nn.Module):
  """A strided convolution: maps of ceil(H / stride) by ceil(W / stride)."""

  features: int
  kernel: int = 4
  stride: int = 2
  use_bias: bool = True
  kernel_init: Callable = nn.initializers.lecun_normal()
  dtype: str | None = None  # to compute in
  padding: str = 'zeros'  # around the images; or reflect: they go on as in a mirror; or none: smaller maps
  groups: int = 1  # of channels, each of which makes as many features of its own; with zeros around only

  @nn.compact
  def __call__(
    self,
    images: Images,
    *beside: Float[Array | np.ndarray, 'B H W _'] | Float[Array | np.ndarray, 'B _'],
  ) -> Float[Array, 'B h w {self.features}']:
    """Maps of the images' channels and of those `beside` them: of maps as large, or of vectors at each place.

    A convolution is linear in its channels, so that vectors cost next to nothing, and what it makes of the
    images is the same with any of them. Raises ValueError where `padding` or `groups` is not the usual one.
    """
    if self.padding not in PADDINGS:
      raise errors.unknown('padding', self.padding, PADDINGS)
    if beside and (self.padding != 'zeros' or self.groups > 1):
      raise ValueError(f'nothing can be beside the images with padding={self.padding}, groups={self.groups}')
    more = sum(part.shape[-1] for part in beside)
    images, kernel, bias = kernel_and_bias(self, images, self.groups, more)
    if beside:
      maps = self._joined([images, *(jnp.asarray(part, images.dtype) for part in beside)], kernel)
    elif self.groups > 1:
      maps = grouped_convolve(images, kernel, self.stride, self.groups)
    elif self.padding == 'zeros':
      maps = convolve(images, kernel, self.stride)
    else:
      if self.padding == 'reflect':
        images = _reflected(images, self.kernel, self.stride)
      maps = convolve(images, kernel, self.stride, 'VALID')
    return checkpoint_name(maps + bias, CONVOLVED)

  def _joined(self, parts, kernel):
    """The convolution of maps and vectors side by side, each by its share of the kernel."""
    shares = jnp.split(kernel, np.cumsum([part.shape[-1] for part in parts])[:-1], 2)
    maps, vectors = (
      [both for both in zip(parts, shares, strict=True) if both[0].ndim == ndim] for ndim in (4, 2)
    )
    images, own = jnp.concatenate([part for part, _ in maps], 3), jnp.concatenate([one for _, one in maps], 2)
    everywhere = [uniform.convolve(*both, self.stride, images.shape[1:3]) for both in vectors]
    return sum(everywhere, convolve(images, own, self.stride))


def _reflected(images, kernel, stride):
  """Images [B, H, W, C] padded with their own pixels to where 'SAME' has zeros."""
  pads = [patches.padding(side, -(-side // stride), kernel, stride) for side in images.shape[1:3]]
  return jnp.pad(images, [(0, 0), *pads, (0, 0)], 'reflect')


class ConvTranspose(nn.Module):
  """A transposed convolution: maps of (H, W) = `size` or stride * (h, w).

  It is the transpose of the convolution that `Conv` computes, so ceil(H / stride) must be h.
  """

  features: int
  kernel: int = 4
  stride: int = 2
  size: tuple[int, int] | None = None
  use_bias: bool = True
  kernel_init: Callable = nn.initializers.lecun_normal()
  dtype: str | None = None

  @nn.compact
  def __call__(self, images: Float[Array | np.ndarray, 'B h w C']) -> Float[Array, 'B H W {self.features}']:
    size = self.size or tuple(self.stride * side for side in images.shape[1:3])
    images, kernel, bias = kernel_and_bias(self, images)
    return checkpoint_name(transpose_convolve(images, kernel, self.stride, size) + bias, CONVOLVED)


def kernel_and_bias(
  layer: Conv | ConvTranspose, images: Images, groups: int = 1, more: int = 0
) -> tuple[Float[Array, 'B H W C'], Float[Array, 'k k D F'], Float[Array, ' F'] | int]:
  """(images, kernel, bias or 0) of a layer, in the type it computes in.

  The kernel is of D = C / groups channels, and `more`.
  """
  shape = (layer.kernel, layer.kernel, images.shape[-1] // groups + more, layer.features)
  kernel = layer.param('kernel', layer.kernel_init, shape)
  if not layer.use_bias:
    return *nn.dtypes.promote_dtype(images, kernel, dtype=layer.dtype), 0
  bias = layer.param('bias', nn.initializers.zeros, (layer.features,))
  return tuple(nn.dtypes.promote_dtype(images, kernel, bias, dtype=layer.dtype))
