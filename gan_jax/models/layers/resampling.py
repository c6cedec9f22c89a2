"""Maps made smaller and larger: by means, nearest neighbours, and filters. Any size fits, halves round up."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Maps = Float[Array | np.ndarray, 'B H W C']
Size = tuple[int, int]  # (height, width)


def mean_pool(maps: Maps, stride: int) -> Float[Array, 'B h w C']:
  """The mean of each `stride` x `stride` places, at the border of those that there are."""
  if stride == 1:
    return maps
  batch, *size, channels = maps.shape
  places = [-(-side // stride) for side in size]
  pads = [(0, count * stride - side) for count, side in zip(places, size, strict=True)]
  padded = jnp.pad(maps, [(0, 0), *pads, (0, 0)])
  blocks = padded.reshape(batch, places[0], stride, places[1], stride, channels)
  rows, columns = (np.minimum(stride, side - np.arange(0, side, stride)) for side in size)
  return blocks.sum((2, 4)) / np.outer(rows, columns)[..., None].astype(maps.dtype)


def nearest(maps: Maps, stride: int, size: Size) -> Float[Array, 'B H2 W2 C']:
  """Each place as `stride` x `stride` equal ones, of which `size` are kept."""
  batch, height, width, channels = maps.shape
  blocks = jnp.broadcast_to(maps[:, :, None, :, None], (batch, height, stride, width, stride, channels))
  return blocks.reshape(batch, height * stride, width * stride, channels)[:, : size[0], : size[1]]


def adaptive_pool(maps: Maps, size: Size) -> Float[Array, 'B h w C']:
  """The means of `size` parts of a map, as even as they can be; parts overlap where it is smaller."""
  rows, columns = (_parts(side, count) for side, count in zip(maps.shape[1:3], size, strict=True))
  return jnp.einsum('hH,bHWc,wW->bhwc', rows, maps, columns, optimize=True).astype(maps.dtype)


def _parts(side, count):
  """[count, side]: how much each of `side` places counts in each of `count` parts."""
  parts = np.zeros((count, side), np.float32)
  for k in range(count):
    start, end = k * side // count, -(-(k + 1) * side // count)
    parts[k, start:end] = 1 / (end - start)
  return parts


def filter_down(maps: Maps) -> Float[Array, 'B h w C']:
  """Half of the size by the filter [1, 3, 3, 1] / 8 along each side, zeros around."""
  return _down(_down(maps, 1), 2)


def filter_up(maps: Maps, size: Size) -> Float[Array, 'B H2 W2 C']:
  """Twice the size, or one less where `size` says so, by [1, 3, 3, 1] / 4: bilinear, zeros around."""
  return _up(_up(maps, 1, size[0]), 2, size[1])


def filtered(maps: Maps, rows: tuple[int, int], columns: tuple[int, int]) -> Float[Array, 'B H2 W2 C']:
  """The filter [1, 3, 3, 1] / 8 along each side, with zeros (before, after); it takes 3 places away."""
  padded = _padded(_padded(maps, 1, *rows), 2, *columns)
  for axis in (1, 2):
    count = padded.shape[axis] - 3
    first, second, third, last = (_cut(padded, axis, start, count) for start in range(4))
    padded = (first + 3 * second + 3 * third + last) / 8
  return padded


def _down(maps, axis):
  count = -(-maps.shape[axis] // 2)
  pairs = _padded(maps, axis, 1, 2 * count + 1 - maps.shape[axis])
  pairs = pairs.reshape(*maps.shape[:axis], count + 1, 2, *maps.shape[axis + 1 :])
  even, odd = (jnp.take(pairs, k, axis + 1) for k in (0, 1))
  one = lambda values, start: _cut(values, axis, start, count)
  return (one(even, 0) + 3 * one(odd, 0) + 3 * one(even, 1) + one(odd, 1)) / 8


def _up(maps, axis, size):
  count = maps.shape[axis]
  padded = _padded(maps, axis, 1, 1)
  before, after = _cut(padded, axis, 0, count), _cut(padded, axis, 2, count)
  both = jnp.stack([(before + 3 * maps) / 4, (3 * maps + after) / 4], axis + 1)
  return _cut(both.reshape(*maps.shape[:axis], 2 * count, *maps.shape[axis + 1 :]), axis, 0, size)


def _padded(maps, axis, before, after):
  return jnp.pad(maps, [(before, after) if k == axis else (0, 0) for k in range(maps.ndim)])


def _cut(maps, axis, start, count):
  return maps[(slice(None),) * axis + (slice(start, start + count),)]
