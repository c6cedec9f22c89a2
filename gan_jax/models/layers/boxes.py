"""Maps into a box and out of it: the spatial transformer of an upright box, bilinear, in closed form.

Jaderberg et al. 2015, https://arxiv.org/abs/1506.02025, eq. 3 and 5, with the transforms of Reed et al. 2016,
https://arxiv.org/abs/1610.02454, sec. 3.1: an upright box scales rows and columns each on their own, so that
a map is warped by two products of matrices. A box is [top, left, bottom, right] in [0, 1] of the map.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Maps = Float[Array | np.ndarray, 'B h w C']
Boxes = Float[Array | np.ndarray, 'B 4']
LEAST = 1e-3  # the side of a box that is taken for an empty one


def paste(maps: Maps, boxes: Boxes, size: tuple[int, int]) -> Float[Array, 'B {size[0]} {size[1]} C']:
  """Maps of `size` that show the whole of these in the boxes and zeros outside.

  A pixel that the box covers in part is as much of it. The way back is `crop`.
  """
  return _warp(maps, *(_into(boxes, axis, size[axis], maps.shape[1 + axis]) for axis in (0, 1)))


def crop(maps: Maps, boxes: Boxes, size: tuple[int, int]) -> Float[Array, 'B {size[0]} {size[1]} C']:
  """Maps of `size` that show what these have in the boxes, and zeros where a box is outside of the map."""
  return _warp(maps, *(_out_of(boxes, axis, size[axis], maps.shape[1 + axis]) for axis in (0, 1)))


def _warp(maps, rows, columns):
  return jnp.einsum('bHh,bhwc,bWw->bHWc', rows, maps, columns, optimize=True)


def _into(boxes, axis, count, given):
  """[B, count, given]: the weights of `given` samples in each of `count` pixels; a box covers some."""
  low, high = boxes[:, axis, None], boxes[:, axis + 2, None]
  edges = jnp.arange(count + 1) / count
  covered = (jnp.minimum(high, edges[1:]) - jnp.maximum(low, edges[:-1])) * count
  middles = (edges[1:] + edges[:-1]) / 2
  share = (middles - low) / jnp.maximum(high - low, LEAST)  # of the way through the box
  return _bilinear(share, given) * jnp.clip(covered, 0, 1)[..., None]


def _out_of(boxes, axis, count, given):
  """[B, count, given]: the weights of `given` pixels in each of `count` samples of a box."""
  low, high = boxes[:, axis, None], boxes[:, axis + 2, None]
  places = low + (high - low) * (jnp.arange(count) + 0.5) / count
  return _bilinear(places, given) * ((places >= 0) & (places <= 1))[..., None]


def _bilinear(places, count):
  """[..., count]: how much each of `count` pixels counts at places in [0, 1]; beyond the last, that one."""
  index = jnp.clip(places * count - 0.5, 0, count - 1)[..., None]
  return jnp.maximum(1 - jnp.abs(index - jnp.arange(count)), 0)


def replicate(
  vectors: Float[Array | np.ndarray, 'B K'], size: tuple[int, int]
) -> Float[Array, 'B {size[0]} {size[1]} K']:
  """Maps that have a vector at each place."""
  return jnp.broadcast_to(vectors[:, None, None], (len(vectors), *size, vectors.shape[-1]))


def spots(points: Float[Array | np.ndarray, 'B P 3'], size: tuple[int, int]) -> Float[Array, 'B H W P']:
  """A map of each point (y, x, visible): 1 at its place, shared by near pixels; zeros if it is not seen."""
  rows, columns = (_bilinear(points[..., axis], size[axis]) for axis in (0, 1))
  return jnp.einsum('bph,bpw,bp->bhwp', rows, columns, points[..., 2])
