"""Convolutions as XLA has them: one operation each, which is what accelerators run fast.

A kernel is [k, k, C / groups, F], or [k, k, F, C] if `swapped`: it is not copied for that.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax.models.convolution import patches
from gan_jax.models.convolution.patches import Images, Maps, Size

Kernel = Float[Array, 'k k _ _']


def convolve(images: Images, kernel: Kernel, stride: int, places: Size, swapped: bool, groups: int) -> Maps:
  """operations.convolve to `places`."""
  sides = zip(images.shape[1:3], places, strict=True)
  return jax.lax.conv_general_dilated(
    images,
    kernel,
    (stride,) * 2,
    [patches.padding(*both, kernel.shape[0], stride) for both in sides],
    dimension_numbers=('NHWC', 'HWOI' if swapped else 'HWIO', 'NHWC'),
    feature_group_count=groups,
  )


def transpose_convolve(
  images: Images, kernel: Kernel, stride: int, size: Size, swapped: bool, groups: int
) -> Maps:
  """operations.transpose_convolve to `size`."""
  features = kernel.shape[2 if swapped else 3] * groups
  forward = lambda pixels: convolve(pixels, kernel, stride, images.shape[1:3], not swapped, groups)
  like = jax.ShapeDtypeStruct((len(images), *size, features), images.dtype)
  return jax.linear_transpose(forward, like)(images)[0]


def kernel_gradient(
  images: Images, maps: Maps, width: int, stride: int, swapped: bool, groups: int
) -> Kernel:
  """operations._kernel_gradient."""
  ends = images.shape[-1] // groups, maps.shape[-1]
  forward = lambda kernel: convolve(images, kernel, stride, maps.shape[1:3], swapped, groups)
  like = jax.ShapeDtypeStruct((width, width, *(ends[::-1] if swapped else ends)), jnp.result_type(images))
  return jax.linear_transpose(forward, like)(maps)[0]
