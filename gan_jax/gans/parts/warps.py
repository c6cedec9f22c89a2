"""Affine maps of the plane, and images seen through them: several changes of place are one resampling.

A map [B, 3, 3] takes (x, y, 1), a place in the changed image, to the place in the old one that is seen there;
places are in pixels, right and down from the centre.
"""

import functools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Integer

Images = Float[Array, 'B H W C']
Maps = Float[Array, 'B 3 3']
Numbers = Float[Array, ' B']
Pixels = Float[Array, 'B P']


def scaled(x: Numbers, y: Numbers) -> Maps:
  """Images `x` times as wide and `y` times as high; -1 mirrors them."""
  return _rows((1 / x, 0, 0), (0, 1 / y, 0))


def moved(x: Numbers, y: Numbers) -> Maps:
  """Images moved by so many pixels, right and down."""
  return _rows((1, 0, -x), (0, 1, -y))


def rotated(angle: Numbers) -> Maps:
  """Images turned clockwise, in radians."""
  sine, cosine = jnp.sin(angle), jnp.cos(angle)
  return _rows((cosine, sine, 0), (-sine, cosine, 0))


def turned(quarters: Integer[Array, ' B']) -> Maps:
  """Images turned clockwise by so many quarters, exactly: pixels stay whole."""
  sine, cosine = (jnp.array(values, jnp.float32)[quarters % 4] for values in ((0, 1, 0, -1), (1, 0, -1, 0)))
  return _rows((cosine, sine, 0), (-sine, cosine, 0))


def composed(*maps: Maps) -> Maps:
  """What changes images by these maps, in this order."""
  return functools.reduce(lambda first, second: jnp.matmul(first, second, precision='highest'), maps)


def warp(images: Images, maps: Maps) -> Images:
  """Images seen through maps: bilinear, and beyond an edge reflected in it, as often as need be.

  The reflection does not repeat the pixels of the edge. Linear in the images, and constant in the maps: it
  has all derivatives by the images alone.
  """
  _, height, width, channels = images.shape
  down, right = jnp.meshgrid(_from_centre(height), _from_centre(width), indexing='ij')
  part = lambda i, j: maps[:, i, j, None]
  # sums, not a matrix product, whose factors an accelerator would round
  x, y = (part(i, 0) * right.ravel() + part(i, 1) * down.ravel() + part(i, 2) for i in (0, 1))
  left, beside = _between(x, width)
  top, below = _between(y, height)
  flat = images.reshape(len(images), -1, channels)
  corners = (
    (top, left, (1 - below) * (1 - beside)),
    (top, left + 1, (1 - below) * beside),
    (top + 1, left, below * (1 - beside)),
    (top + 1, left + 1, below * beside),
  )

  def seen(row, column, weight):
    # four gathers of single pixels: twice as fast on a CPU as one of their squares (64x64x3)
    inside = jnp.minimum(row, height - 1) * width + jnp.minimum(column, width - 1)
    return jax.vmap(lambda image, places: image[places])(flat, inside) * weight[..., None]

  return sum(seen(row, column, weight.astype(images.dtype)) for row, column, weight in corners).reshape(
    images.shape
  )


def _from_centre(side):
  return jnp.arange(side, dtype=jnp.float32) - (side - 1) / 2


def _between(place: Pixels, side: int) -> tuple[Integer[Array, 'B P'], Pixels]:
  """(the last pixel before a place, how far it is beyond it), for places from the centre, folded inwards."""
  period = max(2 * (side - 1), 1)
  place = jnp.abs(place + (side - 1) / 2) % period
  place = jnp.minimum(place, period - place) if side > 1 else jnp.zeros_like(place)
  before = jnp.floor(place)
  return before.astype(jnp.int32), place - before


def _rows(*rows):
  """Maps of their first two rows, each of numbers [B] or such that are the same for all."""
  count = next(number for row in rows for number in row if isinstance(number, jax.Array)).shape
  full = lambda row: jnp.stack([jnp.broadcast_to(jnp.float32(number), count) for number in row], -1)
  return jnp.stack([full(row) for row in (*rows, (0, 0, 1))], -2)
