"""Pools of 3 x 3 pixels as nine shifted views: XLA fuses them with what is around, on all cores of a CPU.

Its own reduction over windows, which they equal, takes four to ten times as long there.
"""

import functools
import itertools
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Maps = Float[Array, 'B H W C']
SIDE = 3


def shrink(maps: Maps) -> Float[Array, 'B h w C']:
  """The maximum at every other pixel, without padding."""
  return _pool(maps, jnp.maximum, 2)


def maximum(maps: Maps) -> Maps:
  """The maximum around each pixel."""
  return _pool(_padded(maps, -jnp.inf), jnp.maximum)


def average(maps: Maps) -> Maps:
  """The mean around each pixel, of those inside the image."""
  rows, columns = (np.convolve(np.ones(size), np.ones(SIDE), 'same') for size in maps.shape[1:3])
  counts = jnp.asarray(np.outer(rows, columns)[..., None], maps.dtype)
  return _pool(_padded(maps, 0), jnp.add) / counts


def _pool(maps: Maps, combine: Callable, stride: int = 1) -> Float[Array, 'B h w C']:
  """`combine` of each window."""
  height, width = (size - SIDE + 1 for size in maps.shape[1:3])
  corners = itertools.product(range(SIDE), repeat=2)
  views = [maps[:, a : a + height : stride, b : b + width : stride] for a, b in corners]
  return functools.reduce(combine, views)


def _padded(maps: Maps, value: float) -> Float[Array, 'B h w C']:
  """Maps with a border of one pixel."""
  return jnp.pad(maps, [(0, 0), (1, 1), (1, 1), (0, 0)], constant_values=value)
