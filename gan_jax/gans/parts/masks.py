"""Which parts of an image are missing: masks [H, W, 1] of 0 and 1, 1 being missing, as functions of a key.

Every mask misses at least one pixel, whatever the size: losses and scores are means over what is missing.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from gan_jax import errors

Mask = Float[Array, 'H W 1']
STROKES, TURNS = 4, 6  # most strokes of a mask, and straight pieces of each


def centre(rng: PRNGKeyArray, size: tuple[int, int]) -> Mask:
  """A box of half the height and half the width, in the middle."""
  height, width = size
  rows, columns = jnp.arange(height)[:, None, None], jnp.arange(width)[None, :, None]
  inside = lambda index, side: (index >= side // 4) & (index < side // 4 + side // 2)
  return (inside(rows, height) & inside(columns, width)).astype(jnp.float32)


def boxes(rng: PRNGKeyArray, size: tuple[int, int], count: int = 3) -> Mask:
  """Up to `count` boxes, each between an eighth (or a pixel) and a half of each side, anywhere."""
  lengths_rng, places_rng, count_rng = jax.random.split(rng, 3)
  lengths = jax.random.uniform(lengths_rng, (count, 2), minval=1 / 8, maxval=1 / 2)
  lengths = jnp.maximum(lengths, 1 / jnp.array(size))
  corners = jax.random.uniform(places_rng, (count, 2)) * (1 - lengths)
  wanted = jnp.arange(count) < jax.random.randint(count_rng, (), 1, count + 1)
  y, x = middles(size)
  inside = lambda at, k, i: (at >= corners[k, i]) & (at <= corners[k, i] + lengths[k, i])
  found = [wanted[k] & inside(y, k, 0) & inside(x, k, 1) for k in range(count)]
  return jnp.any(jnp.stack(found), 0)[..., None].astype(jnp.float32)


def strokes(rng: PRNGKeyArray, size: tuple[int, int]) -> Mask:
  """Free-form strokes of a brush: chains of straight pieces of random lengths, turns and widths.

  After Yu et al. 2019, alg. 1, https://arxiv.org/abs/1806.03589, in units of the image's sides.
  """
  rngs = jax.random.split(rng, 5)
  count = jax.random.randint(rngs[0], (), 1, STROKES + 1)
  starts = jax.random.uniform(rngs[1], (STROKES, 1, 2))
  lengths = jax.random.uniform(rngs[2], (STROKES, TURNS, 1), minval=0.05, maxval=0.25)
  turns = jnp.pi * (jax.random.uniform(rngs[3], (STROKES, TURNS, 1)) - 0.5)
  angles = jnp.cumsum(
    turns.at[:, 0].multiply(4), 1
  )  # the first in any direction, later ones turn by a right angle
  steps = lengths * jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], -1)
  points = jnp.concatenate([starts, jnp.clip(starts + jnp.cumsum(steps, 1), 0, 1)], 1)
  widths = jax.random.uniform(rngs[4], (STROKES,), minval=0.04, maxval=0.1)
  widths = jnp.maximum(widths, 0.75 / min(size))  # of a pixel: its middle is nearer than that to any point
  y, x = middles(size)
  pixels = jnp.stack(jnp.broadcast_arrays(y, x), -1)
  near = [
    (k < count) & (distance(pixels, points[k, i], points[k, i + 1]) < widths[k])
    for k in range(STROKES)
    for i in range(TURNS)
  ]
  return jnp.any(jnp.stack(near), 0)[..., None].astype(jnp.float32)


def middles(size: tuple[int, int]) -> tuple[Float[Array, 'H 1'], Float[Array, '1 W']]:
  """The pixels' middles, y and x, in [0, 1]."""
  height, width = size
  return (jnp.arange(height)[:, None] + 0.5) / height, (jnp.arange(width)[None] + 0.5) / width


def distance(
  points: Float[Array, '*size 2'], start: Float[Array, '2'], end: Float[Array, '2']
) -> Float[Array, '*size']:
  """The distance of points from the piece of a line between two points."""
  way = end - start
  along = jnp.clip(((points - start) @ way) / jnp.maximum(way @ way, 1e-12), 0, 1)
  return jnp.linalg.norm(points - start - along[..., None] * way, axis=-1)


KINDS = {'centre': centre, 'boxes': boxes, 'strokes': strokes}


def find(name: str) -> Callable:
  """The kind of mask `name`: (rng, (H, W)) -> [H, W, 1]. Raises UserError that lists the known ones."""
  if name not in KINDS:
    raise errors.unknown('gan.mask', name, KINDS)
  return KINDS[name]
