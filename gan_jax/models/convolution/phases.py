"""Strided operations as undilated convolutions: pixels of the same remainders by the stride go together."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax.models.convolution import patches
from gan_jax.models.convolution.patches import Images, Kernel, Maps, Size

DIMENSIONS = ('NHWC', 'HWIO', 'NHWC')


def convolve(images: Images, kernel: Kernel, stride: int, places: Size) -> Maps:
  """operations.convolve to `places`, as XLA has it."""
  sides = zip(images.shape[1:3], places, strict=True)
  return slide(images, kernel, [patches.padding(*both, kernel.shape[0], stride) for both in sides], stride)


def slide(
  images: Images, kernel: Float[Array, 'k l C F'], pads: Sequence[tuple[int, int]], stride: int = 1
) -> Maps:
  """XLA's convolution of padded images."""
  return jax.lax.conv_general_dilated(images, kernel, (stride,) * 2, pads, dimension_numbers=DIMENSIONS)


def transpose_convolve(images: Images, kernel: Kernel, stride: int, size: Size) -> Maps:
  """operations.transpose_convolve: the pixels of each pair of remainders are one convolution."""
  sides = zip(size, images.shape[1:3], strict=True)
  phases = [[_reached(r, kernel.shape[0], stride, *both) for r in range(stride)] for both in sides]
  rows = []
  for first, *row_pad in phases[0]:
    columns = []
    for start, *column_pad in phases[1]:
      part = kernel[first::stride, start::stride][::-1, ::-1]
      columns.append(slide(images, part, [tuple(row_pad), tuple(column_pad)]))
    rows.append(jnp.stack(columns, 3))
  pixels = jnp.stack(rows, 2)  # [B, H / stride, stride, W / stride, stride, F]
  batch, height, _, width = pixels.shape[:4]
  return pixels.reshape(batch, height * stride, width * stride, -1)[:, : size[0], : size[1]]


def kernel_gradient(
  images: Images, maps: Maps, width: int, stride: int, swapped: bool, direct: bool
) -> Float[Array, 'k k _ _']:
  """operations._kernel_gradient: the taps that meet the same pixels are one convolution over the batch.

  `direct` shifts the images, the other form the maps. What is shifted is transposed, [B, H, W, C] to
  [C, H, W, B]; and the whole kernel is, unless it is wanted swapped by the other form, or not by the direct.
  """
  used, most = min(width, stride), -(-width // stride)
  sides = zip(images.shape[1:3], maps.shape[1:3], strict=True)
  phases = [[_seen(first, width, stride, *both) for first in range(used)] for both in sides]
  form, rows = _correlate if direct else _correlate_reversed, []
  for row, *row_pad in phases[0]:
    columns = []
    for column, *column_pad in phases[1]:
      gradient = form(images[:, row::stride, column::stride], maps, [tuple(row_pad), tuple(column_pad)])
      short = [(0, most - size) for size in gradient.shape[1:3]]
      columns.append(jnp.pad(gradient, [(0, 0), *short, (0, 0)]))
    rows.append(jnp.stack(columns, 3))
  kernel = jnp.stack(rows, 2)  # [C or F, most, used, most, used, F or C]
  kernel = kernel.reshape(kernel.shape[0], most * used, most * used, -1)
  return kernel.transpose((1, 2, 3, 0) if direct == swapped else (1, 2, 0, 3))[:width, :width]


def _reached(remainder, taps, stride, side, places):
  """(the first tap that reaches the pixels of this remainder, zeros before and after the images)."""
  padding = patches.padding(side, places, taps, stride)[0]
  first = (remainder + padding) % stride
  last = first + (taps - 1 - first) // stride * stride
  more = -(-side // stride) - places
  return first, (last - padding - remainder) // stride, (remainder + padding - first) // stride + more


def _seen(first, taps, stride, side, places):
  """(remainder of the pixels that taps first::stride meet, zeros before and after these pixels)."""
  start = first - patches.padding(side, places, taps, stride)[0]
  remainder, before = start % stride, -(start // stride)
  reach = places + (taps - 1 - first) // stride  # pixels that some of these taps meet at some of the places
  return remainder, before, reach - before - len(range(remainder, side, stride))


def _correlate(images, maps, pads):
  """The sums over batch and places of padded images [B, H, W, C] at each shift times maps: [C, n, m, F]."""
  if any(side < other for side, other in zip(images.shape[1:3], maps.shape[1:3], strict=True)):
    images, pads = patches.pad(images, pads), [(0, 0), (0, 0)]  # a kernel must not be larger than its images
  return slide(images.transpose(3, 1, 2, 0), maps.transpose(1, 2, 0, 3), pads)


def _correlate_reversed(images, maps, pads):
  """_correlate by shifting the maps: [F, n, m, C]."""
  counts = [
    side + sum(pad) - places
    for side, places, pad in zip(images.shape[1:3], maps.shape[1:3], pads, strict=True)
  ]
  back = [(count - before, count - after) for count, (before, after) in zip(counts, pads, strict=True)]
  return _correlate(maps, images, back)[:, ::-1, ::-1]
