"""Convolutions as a CPU runs them fast: the form is chosen here, by shape, and by what has been measured.

XLA's CPU backend runs a convolution at the rate of its matrix products, but crawls where one is dilated, as a
transposed one is, and both gradients of a strided one, and where a kernel is larger than its images (zeros
around them not counted). Here none is. The three operations are those of native.py.
"""

import functools
import math

from jaxtyping import Array, Float

from gan_jax.models.convolution import forms, patches, phases, taps
from gan_jax.models.convolution.grouped import in_parts, kernel_in_parts
from gan_jax.models.convolution.patches import Images, Maps, Size

Kernel = Float[Array, 'k k _ _']
FEW = 8  # channels or features below which products of patches or of single taps are faster
FEW_IMAGES = 2  # too few for vectors where the batch is innermost, as in the sums over it
FORMS = {  # among which forms.py has measured the fastest, where the rules below leave more than one
  'convolve': {
    'phases': phases.convolve,
    'patches': patches.convolve,
    'spread': lambda images, kernel, stride, places: patches.spread_convolve(images, kernel, places),
  },
  'kernel_gradient': {
    'direct': functools.partial(phases.kernel_gradient, direct=True),
    'reversed': functools.partial(phases.kernel_gradient, direct=False),
    'patches': patches.kernel_gradient,
  },
}


@in_parts
def convolve(images: Images, kernel: Kernel, stride: int, places: Size, swapped: bool) -> Maps:
  """operations.convolve to `places`; if `swapped`, the kernel is given as [k, k, F, C]."""
  count, channels = len(images) * math.prod(places), images.shape[-1]
  crawls = min(images.shape[1:3]) < kernel.shape[0]
  if crawls or (swapped and 8 * count <= channels):  # so few places are less work than to swap the kernel
    return taps.convolve(images, kernel, stride, places, swapped)
  kernel = _swap(kernel) if swapped else kernel
  spread = stride == 1 and kernel.shape[-1] < FEW
  usual = 'spread' if spread else 'patches' if channels == 1 else 'phases'
  return _form('convolve', usual, images, kernel.shape[-1], len(kernel), stride)(
    images, kernel, stride, places
  )


@in_parts
def transpose_convolve(images: Images, kernel: Kernel, stride: int, size: Size, swapped: bool) -> Maps:
  """operations.transpose_convolve to `size`; if `swapped`, the kernel is given as [k, k, F, C]."""
  count, channels = math.prod(images.shape[:3]), images.shape[-1]
  few = kernel.shape[2 if swapped else 3] < FEW or kernel.shape[0] < stride
  crawls = min(images.shape[1:3]) < -(-kernel.shape[0] // stride)
  if not few and (crawls or (swapped and count <= channels)):
    return taps.transpose_convolve(images, kernel, stride, size, swapped)
  form = patches.transpose_convolve if few else phases.transpose_convolve
  return form(images, _swap(kernel) if swapped else kernel, stride, size)


@kernel_in_parts
def kernel_gradient(images: Images, maps: Maps, width: int, stride: int, swapped: bool) -> Kernel:
  """The gradient [width, width, C, F] of a kernel; if `swapped`, [width, width, F, C]."""
  channels, features = images.shape[-1], maps.shape[-1]
  few, kernel = min(channels, features) < FEW, width * width * channels * features
  small = not swapped and 2 * maps.size <= features**2  # places are half of the features, or less
  if min(images.shape[1:3]) < stride or (not few and (small or len(images) <= FEW_IMAGES)):
    return taps.kernel_gradient(images, maps, width, stride, swapped)
  if few:  # the larger number is that of a matrix product's columns
    direct = channels <= features
  else:  # the form that has less to transpose
    direct = images.size + kernel * swapped <= maps.size + kernel * (not swapped)
  usual = 'direct' if direct else 'reversed'
  return _form('kernel_gradient', usual, images, features, width, stride)(
    images, maps, width, stride, swapped
  )


def _form(operation, usual, images, features, width, stride):
  """The form that was the fastest where it was measured, the usual one elsewhere."""
  shape = forms.Shape(math.isqrt(math.prod(images.shape[1:3])), images.shape[-1], features, width, stride)
  return FORMS[operation][forms.fastest(operation, shape) or usual]


def _swap(kernel):
  """A kernel with channels and features exchanged: a copy, which forms of few places do without."""
  return kernel.swapaxes(2, 3)
