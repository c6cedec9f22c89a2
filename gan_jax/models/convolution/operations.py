"""Strided convolutions and their transposes, each in the form that the platform of a program runs fast.

The three operations below are derivatives of one another, so that their rules give every reverse derivative.
The form, of cpu.py or of native.py, is chosen when a program is lowered, so that one trace serves all.
"""

import functools

import jax
from jaxtyping import Array, Float

from gan_jax.devices import platforms
from gan_jax.models.convolution import cpu, native

STATIC = (2, 3, 4, 5)  # the arguments of an operation that are no arrays


def convolve(
  images: Float[Array, 'B H W C'], kernel: Float[Array, 'k k C F'], stride: int, padding: str = 'SAME'
) -> Float[Array, 'B h w F']:
  """`images` convolved with `kernel`.

  h is ceil(H / stride) with zeros around ('SAME'), and ceil((H - k + 1) / stride) without ('VALID').
  """
  lost = {'SAME': 0, 'VALID': kernel.shape[0] - 1}[padding]
  places = tuple(-(-(side - lost) // stride) for side in images.shape[1:3])
  return _convolve(images, kernel, stride, places, False, 1)


def grouped_convolve(
  images: Float[Array, 'B H W C'], kernel: Float[Array, 'k k C//{groups} F'], stride: int, groups: int
) -> Float[Array, 'B h w F']:
  """`convolve` of each of `groups` of neighbouring channels with its share of the features."""
  places = tuple(-(-side // stride) for side in images.shape[1:3])
  return _convolve(images, kernel, stride, places, False, groups)


def transpose_convolve(
  images: Float[Array, 'B h w C'], kernel: Float[Array, 'k k C F'], stride: int, size: tuple[int, int]
) -> Float[Array, 'B H W F']:
  """The transpose of `convolve` from images of `size`.

  Tap t of the kernel adds images[i] @ kernel[t] to pixel i * stride + t - padding.
  """
  return _transpose(images, kernel, stride, tuple(size), False, 1)


@functools.partial(jax.jit, static_argnums=STATIC)
@functools.partial(jax.custom_vjp, nondiff_argnums=STATIC)
def _convolve(images, kernel, stride, places, swapped, groups):
  """`convolve`, or of groups; if `swapped`, the kernel is given as [k, k, F, C]."""
  static = stride, places, swapped, groups
  return platforms.choose(cpu.convolve, native.convolve, (images, kernel), static)


@functools.partial(jax.jit, static_argnums=STATIC)
@functools.partial(jax.custom_vjp, nondiff_argnums=STATIC)
def _transpose(images, kernel, stride, size, swapped, groups):
  """`transpose_convolve`; if `swapped`, the kernel is given as [k, k, F, C], or of groups as they have it."""
  static = stride, size, swapped, groups
  return platforms.choose(cpu.transpose_convolve, native.transpose_convolve, (images, kernel), static)


@functools.partial(jax.jit, static_argnums=STATIC)
@functools.partial(jax.custom_vjp, nondiff_argnums=STATIC)
def _kernel_gradient(images, maps, width, stride, swapped, groups):
  """The gradient [width, width, C / groups, F] of a kernel, of images [B, H, W, C] and maps [B, h, w, F].

  If `swapped`, [width, width, F, C].
  """
  static = width, stride, swapped, groups
  return platforms.choose(cpu.kernel_gradient, native.kernel_gradient, (images, maps), static)


def _convolve_pullback(stride, places, swapped, groups, operands, maps):
  images, kernel = operands
  gradient = _kernel_gradient(images, maps, kernel.shape[0], stride, swapped, groups)
  return _transpose(maps, kernel, stride, images.shape[1:3], not swapped, groups), gradient


def _transpose_pullback(stride, size, swapped, groups, operands, maps):
  images, kernel = operands
  gradient = _kernel_gradient(maps, images, kernel.shape[0], stride, not swapped, groups)
  return _convolve(maps, kernel, stride, images.shape[1:3], not swapped, groups), gradient


def _kernel_gradient_pullback(width, stride, swapped, groups, operands, gradient):
  images, maps = operands
  back = _transpose(maps, gradient, stride, images.shape[1:3], not swapped, groups)
  return back, _convolve(images, gradient, stride, maps.shape[1:3], swapped, groups)


for _operation, _pullback in (
  (_convolve, _convolve_pullback),
  (_transpose, _transpose_pullback),
  (_kernel_gradient, _kernel_gradient_pullback),
):
  # `f` is bound as a default: a closure would see the last of the three.
  _operation.__wrapped__.defvjp(lambda a, b, *static, f=_operation: (f(a, b, *static), (a, b)), _pullback)
