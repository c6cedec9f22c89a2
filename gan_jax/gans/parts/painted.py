"""Keypoints as pictures: spots in colours, on images or alone, and the figures of a game that makes them."""

import colorsys
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax.gans.parts import point_scores

Points = Float[Array | np.ndarray, 'B P 3']  # (y, x, visible)
Known = Float[Array | np.ndarray, 'B P'] | None
RADIUS = 1 / 40  # of a spot, by the shorter side
RIM = 1.7  # radii of the white spot below one that is known
BOARD = -0.7  # what points are painted on
LOOKS = 5  # draws of a caption


def on(
  images: Float[Array | np.ndarray, 'B H W C'], points: Points, known: Known = None
) -> Float[Array, 'B H W 3']:
  """Images in [-1, 1] with a spot for each visible point; those that are `known` have a white rim."""
  height, width = images.shape[1:3]
  pictures = jnp.broadcast_to(images[..., :3], (*images.shape[:3], 3))
  radius = max(1.0, RADIUS * min(height, width))
  rims = jnp.zeros(points.shape[:2]) if known is None else known
  down = jnp.arange(height)[:, None] + 0.5 - points[..., 0, None, None] * height
  across = jnp.arange(width) + 0.5 - points[..., 1, None, None] * width
  away = jnp.hypot(down, across)  # [B, P, H, W], in pixels
  count = points.shape[1]
  for k in range(count):
    colour = 2 * jnp.array(colorsys.hsv_to_rgb(k / count, 0.8, 1.0)) - 1
    for reach, ink, there in ((RIM * radius, 1.0, rims[:, k]), (radius, colour, 1.0)):
      opacity = jnp.clip(reach + 0.5 - away[:, k], 0, 1) * (points[:, k, 2] * there)[:, None, None]
      pictures = pictures + opacity[..., None] * (ink - pictures)
  return pictures


def alone(points: Points, size: tuple[int, int], known: Known = None) -> Float[Array, 'B H W 3']:
  """Pictures of this size of nothing but the points."""
  return on(jnp.full((len(points), *size, 3), BOARD), points, known)


def figures(made: Callable, size: tuple[int, int]) -> Callable:
  """(variables, batch, rng) -> {file name: {heading: images [B, H, W, 3]}}.

  `made(variables, batch)` are the keypoints that G makes of what is asked for in a batch.
  """
  made = jax.jit(made)

  def tables(variables, batch, rng):
    def picture(known, **changes):
      return alone(made(variables, {**batch, 'fake_known': known, **changes}), size, known)

    masks = point_scores.masks(rng, batch['keypoints'])
    latents = [jnp.roll(batch['latents'], k, 0) for k in range(LOOKS)]
    return {
      'known': {
        'truth': on(batch['image'], batch['keypoints']),
        **{f'{count} known': picture(known) for count, known in masks.items()},
      },
      'captions': {f'{k + 1}': picture(masks[0], latents=some) for k, some in enumerate(latents)},
    }

  return tables
