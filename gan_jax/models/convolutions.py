"""Strided convolutions and their transposes, in the forms that the backend runs fast; it is chosen here.

On a CPU, XLA runs a convolution at the rate of its matrix products, but crawls where one is dilated, as a
transposed one is, and both gradients of a strided one. Here none is. The three operations below are
derivatives of one another, so that their rules give every reverse derivative. Accelerators run XLA's forms.
"""

import functools
import math

import jax
import jax.numpy as jnp

from gan_jax.models import patches, taps

DIMENSIONS = ('NHWC', 'HWIO', 'NHWC')
SMALL = 16  # times fewer places than channels: maps that are less to move than the kernel
FEW = 8  # features below which shifted sums of a matrix product are faster than several convolutions


def native():
  """Whether every convolution runs as the backend's own operation: on accelerators."""
  return jax.default_backend() != 'cpu'


def convolve(images, kernel, stride):
  """`images` [B, H, W, C] convolved with `kernel` [k, k, C, F], zero padding 'SAME': [B, H', W', F]."""
  if native():
    return _native(images, kernel, stride)
  return _convolve(images, kernel, stride)


def transpose_convolve(images, kernel, stride, size):
  """The transpose of `convolve` from `size` images: [B, h, w, C], kernel [k, k, C, F], to [B, *size, F].

  Tap t of the kernel adds images[i] @ kernel[t] to pixel i * stride + t - padding.
  """
  if native():
    return _native_transpose(images, kernel, stride, size)
  return _transpose(images, kernel, stride, tuple(size))


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _convolve(images, kernel, stride):
  places = math.prod(-(-side // stride) for side in images.shape[1:3])
  if len(images) * places <= kernel.shape[-1]:
    return taps.convolve(images, kernel, stride)
  form = patches.convolve if images.shape[-1] == 1 else _native
  return form(images, kernel, stride)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _transpose(images, kernel, stride, size):
  if SMALL * math.prod(images.shape[:3]) <= images.shape[-1]:
    return taps.transpose_convolve(images, kernel, stride, size)
  few = stride > 1 and kernel.shape[-1] < FEW
  form = patches.transpose_convolve if few or kernel.shape[0] < stride else _transpose_phases
  return form(images, kernel, stride, size)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _kernel_gradient(images, maps, width, stride):
  """The slope [width, width, C, F] of a kernel, of images [B, H, W, C] and maps [B, h, w, F]."""
  form = taps.kernel_gradient if math.prod(maps.shape[:3]) <= maps.shape[-1] else _phased_gradient
  return form(images, maps, width, stride)


def _phased_gradient(images, maps, width, stride):
  """Taps that meet pixels of the same remainders are one plain convolution, whose sum is over the batch."""
  few, used, most = images.shape[-1] < FEW, min(width, stride), -(-width // stride)
  sizes = zip(images.shape[1:3], maps.shape[1:3], strict=True)
  phases = [[_seen(first, width, stride, *size) for first in range(used)] for size in sizes]
  rows = []
  for row, *row_pad in phases[0]:
    columns = []
    for column, *column_pad in phases[1]:
      part, pads = images[:, row::stride, column::stride], [tuple(row_pad), tuple(column_pad)]
      slope = _correlate(part, maps, pads) if few else _correlate_reversed(part, maps, pads)
      short = [(0, most - size) for size in slope.shape[1:3]]
      columns.append(jnp.pad(slope, [(0, 0), *short, (0, 0)]))
    rows.append(jnp.stack(columns, 3))
  kernel = jnp.stack(rows, 2)  # [C or F, most, used, most, used, F or C]
  kernel = kernel.reshape(kernel.shape[0], most * used, most * used, -1)
  return kernel.transpose((1, 2, 0, 3) if few else (1, 2, 3, 0))[:width, :width]


def _swap(kernel):
  """The kernel of the transposed operation: channels and features exchanged."""
  return kernel.swapaxes(2, 3)


def _convolve_pullback(stride, operands, maps):
  images, kernel = operands
  slope = _kernel_gradient(images, maps, kernel.shape[0], stride)
  return _transpose(maps, _swap(kernel), stride, images.shape[1:3]), slope


def _transpose_pullback(stride, size, operands, maps):
  images, kernel = operands
  if SMALL * math.prod(images.shape[:3]) <= images.shape[-1]:
    slope = taps.swapped_kernel_gradient(maps, images, kernel.shape[0], stride)
  else:
    slope = _swap(_phased_gradient(maps, images, kernel.shape[0], stride))
  return _convolve(maps, _swap(kernel), stride), slope


def _kernel_gradient_pullback(width, stride, operands, kernel):
  images, maps = operands
  return _transpose(maps, _swap(kernel), stride, images.shape[1:3]), _convolve(images, kernel, stride)


for _operation, _pullback in (
  (_convolve, _convolve_pullback),
  (_transpose, _transpose_pullback),
  (_kernel_gradient, _kernel_gradient_pullback),
):
  # `f` is bound as a default: a closure would see the last of the three.
  _operation.defvjp(lambda a, b, *static, f=_operation: (f(a, b, *static), (a, b)), _pullback)


def _native(images, kernel, stride):
  return jax.lax.conv_general_dilated(images, kernel, (stride, stride), 'SAME', dimension_numbers=DIMENSIONS)


def _transpose_phases(images, kernel, stride, size):
  """Pixels whose sides leave the same remainders by the stride are one undilated convolution."""
  taps = kernel.shape[0]
  phases = [
    [_phase(p, taps, stride, patches.padding(side, taps, stride)[0]) for p in range(stride)] for side in size
  ]
  rows = []
  for first, *row_pad in phases[0]:
    columns = []
    for start, *column_pad in phases[1]:
      part = kernel[first::stride, start::stride][::-1, ::-1]
      pads = [tuple(row_pad), tuple(column_pad)]
      columns.append(jax.lax.conv_general_dilated(images, part, (1, 1), pads, dimension_numbers=DIMENSIONS))
    rows.append(jnp.stack(columns, 3))
  pixels = jnp.stack(rows, 2)  # [B, h, stride, w, stride, F]
  batch, height, _, width = pixels.shape[:4]
  return pixels.reshape(batch, height * stride, width * stride, -1)[:, : size[0], : size[1]]


def _phase(remainder, taps, stride, padding):
  """(the first tap that reaches the pixels of this remainder, zeros before and after the images)."""
  first = (remainder + padding) % stride
  last = first + (taps - 1 - first) // stride * stride
  return first, (last - padding - remainder) // stride, (remainder + padding - first) // stride


def _seen(first, taps, stride, side, places):
  """(remainder of the pixels that taps first::stride meet, zeros before and after these pixels)."""
  start = first - patches.padding(side, taps, stride)[0]
  remainder, before = start % stride, -(start // stride)
  reach = places + (taps - 1 - first) // stride  # pixels that some of these taps meet at some of the places
  return remainder, before, reach - before - len(range(remainder, side, stride))


def _correlate(images, maps, pads):
  """The sums over batch and places of padded images [B, H, W, C] at each shift times maps: [C, n, m, F]."""
  images, maps = images.transpose(3, 1, 2, 0), maps.transpose(1, 2, 0, 3)
  return jax.lax.conv_general_dilated(images, maps, (1, 1), pads, dimension_numbers=DIMENSIONS)


def _correlate_reversed(images, maps, pads):
  """_correlate by shifting the maps, [F, n, m, C]: they are smaller to transpose; slower where C is few."""
  counts = [
    side + sum(pad) - places
    for side, places, pad in zip(images.shape[1:3], maps.shape[1:3], pads, strict=True)
  ]
  back = [(count - before, count - after) for count, (before, after) in zip(counts, pads, strict=True)]
  return _correlate(maps, images, back)[:, ::-1, ::-1]


def _native_transpose(images, kernel, stride, size):
  taps = kernel.shape[0]
  pads = []
  for side, small in zip(size, images.shape[1:3], strict=True):
    before = taps - 1 - patches.padding(side, taps, stride)[0]
    pads.append((before, side + taps - 2 - (small - 1) * stride - before))  # so that `side` comes out
  return jax.lax.conv_general_dilated(
    images, kernel[::-1, ::-1], (1, 1), pads, lhs_dilation=(stride, stride), dimension_numbers=DIMENSIONS
  )
