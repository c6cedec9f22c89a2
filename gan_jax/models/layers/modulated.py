"""Convolutions whose weights each example scales by a style of its own: Karras et al. 2020, sec. 2.2.

https://arxiv.org/abs/1912.04958. With weights w and scales s the kernel of an example is w_ijk s_i, eq. 1,
over the root of the sum of its squares for each output j, eq. 3. A convolution is linear, so that the same
comes of one kernel for all examples, between inputs times s_i and outputs over the root: no kernels of single
examples, and none of the grouped convolutions that these need, which are slow on every device.
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax.ad_checkpoint import checkpoint_name
from jaxtyping import Array, Float

from gan_jax.models.convolution.operations import convolve, transpose_convolve
from gan_jax.models.layers.convolutions import CONVOLVED, Images
from gan_jax.models.layers.initializers import scaled
from gan_jax.models.layers.resampling import filtered

EPSILON = 1e-8


class ModulatedConv(nn.Module):
  """A convolution without a bias, modulated by a style through an affine map that begins at 1.

  With a `size` its maps are of twice the size, or one less where that says so: a transposed convolution, then
  the filter [1, 3, 3, 1].
  """

  features: int
  kernel: int = 3
  demodulate: bool = True
  size: tuple[int, int] | None = None
  dtype: str | None = None  # to compute in; scales are at least float32

  @nn.compact
  def __call__(
    self, maps: Images, style: Float[Array | np.ndarray, 'B D']
  ) -> Float[Array, 'B H2 W2 {self.features}']:
    channels = maps.shape[-1]
    affine = nn.Dense(channels, kernel_init=scaled(), bias_init=nn.initializers.ones, name='affine')
    scales, shape = affine(style), (self.kernel, self.kernel, channels, self.features)
    kernel = self.param('kernel', scaled(), shape)
    factors = demodulation(kernel, scales) if self.demodulate else None
    maps, kernel = nn.dtypes.promote_dtype(maps, kernel, dtype=self.dtype)
    maps = maps * scales[:, None, None].astype(maps.dtype)
    maps = enlarged(maps, kernel, self.size) if self.size else convolve(maps, kernel, 1)
    maps = checkpoint_name(maps, CONVOLVED)
    return maps if factors is None else maps * factors[:, None, None].astype(maps.dtype)


def demodulation(kernel: Float[Array, 'k k C F'], scales: Float[Array, 'B C']) -> Float[Array, 'B F']:
  """1 / sqrt of the sum of squares of the kernel times the scales: outputs of unit inputs vary by 1."""
  return jax.lax.rsqrt(scales**2 @ (kernel**2).sum((0, 1)) + EPSILON)


def enlarged(
  maps: Images, kernel: Float[Array, '3 3 C F'], size: tuple[int, int]
) -> Float[Array, 'B {size[0]} {size[1]} F']:
  """Maps of twice the size: what filter_up and a convolution with the turned kernel give, but at the border.

  The filter comes after the transposed convolution, whose taps meet the small maps: a quarter of
  the products.
  """
  padded = jnp.pad(maps, [(0, 0), (0, 1), (0, 1), (0, 0)])  # so that no tap of the last place is cut off
  full = transpose_convolve(padded, kernel, 2, tuple(2 * side for side in padded.shape[1:3]))
  inner = full[:, : 2 * maps.shape[1] + 1, : 2 * maps.shape[2] + 1]
  return 4 * filtered(inner, (1, 1), (1, 1))[:, : size[0], : size[1]]
