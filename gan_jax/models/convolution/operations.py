"""Strided convolutions and their transposes, in the forms that the backend runs fast; it is chosen here.

On a CPU, XLA runs a convolution at the rate of its matrix products, but crawls where one is dilated, as a
transposed one is, and both gradients of a strided one, and where a kernel is larger than its images (zeros
around them not counted). Here none is. The three operations below are derivatives of one another, so that
their rules give every reverse derivative. Accelerators run XLA's forms.
"""

import functools
import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax.models.convolution import patches, phases, taps

FEW = 8  # channels or features below which products of patches or of single taps are faster
GROUPED = 32  # channels of several groups that are convolved at once, with zeros between the groups
FEW_IMAGES = 2  # too few for vectors where the batch is innermost, as in the sums over it


def native() -> bool:
  """Whether every convolution runs as the backend's own operation: on accelerators."""
  return jax.default_backend() != 'cpu'


def convolve(
  images: Float[Array, 'B H W C'], kernel: Float[Array, 'k k C F'], stride: int, padding: str = 'SAME'
) -> Float[Array, 'B h w F']:
  """`images` convolved with `kernel`.

  h is ceil(H / stride) with zeros around ('SAME'), and ceil((H - k + 1) / stride) without ('VALID').
  """
  lost = {'SAME': 0, 'VALID': kernel.shape[0] - 1}[padding]
  places = tuple(-(-(side - lost) // stride) for side in images.shape[1:3])
  if native():
    return phases.convolve(images, kernel, stride, places)
  return _convolve(images, kernel, stride, places, False)


def grouped_convolve(
  images: Float[Array, 'B H W C'], kernel: Float[Array, 'k k C//{groups} F'], stride: int, groups: int
) -> Float[Array, 'B h w F']:
  """`convolve` of each of `groups` of neighbouring channels with its share of the features.

  On a CPU they are convolutions of their own. At 64 images of 16 x 16 x 96 in groups of 16 that takes 13 ms
  where XLA's grouped form takes 84, 90 against 2,900 with the gradient and 300 against 5,600 with that of
  the gradient's norm, on two busy cores; products of all patches take 130, 190 and 400.
  """
  if native():
    pads = [patches.padding(side, -(-side // stride), kernel.shape[0], stride) for side in images.shape[1:3]]
    return phases.slide(images, kernel, pads, stride, groups=groups)
  width, depth = images.shape[-1] // groups, kernel.shape[-1] // groups
  together = max(n for n in range(1, groups + 1) if groups % n == 0 and (n == 1 or n * width <= GROUPED))
  parts = []
  for first in range(0, groups, together):
    own = kernel[..., first * depth : (first + together) * depth]
    some = images[..., first * width : (first + together) * width]
    parts.append(convolve(some, _apart(own, together), stride))
  return jnp.concatenate(parts, -1)


def _apart(kernel, groups):
  """The kernel [k, k, groups * c, F] of all channels that keeps groups apart, of theirs [k, k, c, F]."""
  if groups == 1:
    return kernel
  cut = kernel.reshape(*kernel.shape[:3], groups, -1)
  own = jnp.eye(groups, dtype=kernel.dtype)
  whole = jnp.einsum('abcgf,gh->abhcgf', cut, own)
  return whole.reshape(*kernel.shape[:2], groups * kernel.shape[2], -1)


def transpose_convolve(
  images: Float[Array, 'B h w C'], kernel: Float[Array, 'k k C F'], stride: int, size: tuple[int, int]
) -> Float[Array, 'B H W F']:
  """The transpose of `convolve` from images of `size`.

  Tap t of the kernel adds images[i] @ kernel[t] to pixel i * stride + t - padding.
  """
  if native():
    return _native_transpose(images, kernel, stride, size)
  return _transpose(images, kernel, stride, tuple(size), False)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def _convolve(images, kernel, stride, places, swapped):
  """`convolve`; if `swapped`, the kernel is given as [k, k, F, C]."""
  count, channels = len(images) * math.prod(places), images.shape[-1]
  crawls = min(images.shape[1:3]) < kernel.shape[0]
  if crawls or (swapped and 8 * count <= channels):  # so few places are less work than to swap the kernel
    return taps.convolve(images, kernel, stride, places, swapped)
  kernel = _swap(kernel) if swapped else kernel
  if stride == 1 and kernel.shape[-1] < FEW:
    return patches.spread_convolve(images, kernel, places)
  form = patches.convolve if channels == 1 else phases.convolve
  return form(images, kernel, stride, places)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def _transpose(images, kernel, stride, size, swapped):
  """`transpose_convolve`; if `swapped`, the kernel is given as [k, k, F, C]."""
  count, channels = math.prod(images.shape[:3]), images.shape[-1]
  few = kernel.shape[2 if swapped else 3] < FEW or kernel.shape[0] < stride
  crawls = min(images.shape[1:3]) < -(-kernel.shape[0] // stride)
  if not few and (crawls or (swapped and count <= channels)):
    return taps.transpose_convolve(images, kernel, stride, size, swapped)
  form = patches.transpose_convolve if few else phases.transpose_convolve
  return form(images, _swap(kernel) if swapped else kernel, stride, size)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def _kernel_gradient(images, maps, width, stride, swapped):
  """The gradient [width, width, C, F] of a kernel, of images [B, H, W, C] and maps [B, h, w, F].

  If `swapped`, [width, width, F, C].
  """
  channels, features = images.shape[-1], maps.shape[-1]
  few, kernel = min(channels, features) < FEW, width * width * channels * features
  small = not swapped and 2 * maps.size <= features**2  # places are half of the features, or less
  if min(images.shape[1:3]) < stride or (not few and (small or len(images) <= FEW_IMAGES)):
    return taps.kernel_gradient(images, maps, width, stride, swapped)
  if few:  # the larger number is that of a matrix product's columns
    direct = channels <= features
  else:  # the form that has less to transpose
    direct = images.size + kernel * swapped <= maps.size + kernel * (not swapped)
  return phases.kernel_gradient(images, maps, width, stride, swapped, direct)


def _swap(kernel):
  """A kernel with channels and features exchanged: a copy, which forms of few places do without."""
  return kernel.swapaxes(2, 3)


def _convolve_pullback(stride, places, swapped, operands, maps):
  images, kernel = operands
  gradient = _kernel_gradient(images, maps, kernel.shape[0], stride, swapped)
  return _transpose(maps, kernel, stride, images.shape[1:3], not swapped), gradient


def _transpose_pullback(stride, size, swapped, operands, maps):
  images, kernel = operands
  gradient = _kernel_gradient(maps, images, kernel.shape[0], stride, not swapped)
  return _convolve(maps, kernel, stride, images.shape[1:3], not swapped), gradient


def _kernel_gradient_pullback(width, stride, swapped, operands, gradient):
  images, maps = operands
  back = _transpose(maps, gradient, stride, images.shape[1:3], not swapped)
  return back, _convolve(images, gradient, stride, maps.shape[1:3], swapped)


for _operation, _pullback in (
  (_convolve, _convolve_pullback),
  (_transpose, _transpose_pullback),
  (_kernel_gradient, _kernel_gradient_pullback),
):
  # `f` is bound as a default: a closure would see the last of the three.
  _operation.defvjp(lambda a, b, *static, f=_operation: (f(a, b, *static), (a, b)), _pullback)


def _native_transpose(images, kernel, stride, size):
  width, pads = kernel.shape[0], []
  for side, places in zip(size, images.shape[1:3], strict=True):
    before = width - 1 - patches.padding(side, places, width, stride)[0]
    pads.append((before, side + width - 2 - (places - 1) * stride - before))  # so that `side` comes out
  return phases.slide(images, kernel[::-1, ::-1], pads, dilation=stride)
