"""Figures of games of captions: a row for each caption, at many places, at one, on the way to the next."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

WAY = 4  # steps from one caption to the next
LOOKS = 6  # images of a caption at one place
HEIGHTS = {'small': 0.25, 'large': 0.5}
CORNERS = {
  'top left': (0.15, 0.1),
  'top right': (0.15, 0.9),
  'bottom left': (0.9, 0.1),
  'bottom right': (0.9, 0.9),
}
ASPECT = 1.1  # of a box: width to height


def figures(images: Callable, place: str) -> Callable:
  """(variables, batch, rng) -> {file name: {heading: images [B, H, W, C]}}.

  `images(variables, batch)` are those that G makes of what is asked for in a batch.
  """
  images = jax.jit(images)

  def tables(variables, batch, rng):
    asked = {name: batch[name] for name in ('latents', 'fake_caption', *([f'fake_{place}'] * bool(place)))}
    alike = {name: jnp.broadcast_to(value[:1], value.shape) for name, value in asked.items()}
    make = lambda **changes: images(variables, {**asked, **changes, 'step': 0})
    latents = [jnp.roll(asked['latents'], k, 0) for k in range(LOOKS)]
    where = {f'fake_{place}': alike[f'fake_{place}']} if place else {}
    found = {'captions': {f'{k + 1}': make(latents=some, **where) for k, some in enumerate(latents)}}
    headings = ['caption', *(f'{k} of {WAY}' for k in range(1, WAY)), 'the next']
    found['captions_between'] = {
      heading: make(fake_caption=between(asked['fake_caption'], k), latents=alike['latents'], **where)
      for k, heading in enumerate(headings)
    }
    if place == 'box':
      boxes = {name: jnp.broadcast_to(box, asked['fake_box'].shape) for name, box in at_corners().items()}
      found['places'] = {name: make(fake_box=box) for name, box in boxes.items()}
    return found

  return tables


def between(captions: Int[Array, 'B L'], share: int) -> Int[Array, 'B way L']:
  """Each caption and the next, as often as makes the mean of their vectors `share` of WAY parts the next."""
  own, following = captions[:, None], jnp.roll(captions, -1, 0)[:, None]
  return jnp.concatenate([own] * (WAY - share) + [following] * share, 1)


def at_corners() -> dict[str, Float[Array, ' 4']]:
  """Boxes by name, small and large ones in the four corners."""
  found = {}
  for size, height in HEIGHTS.items():
    for corner, (down, right) in CORNERS.items():
      top, left = (1 - height) * down, (1 - ASPECT * height) * right
      found[f'{size}, {corner}'] = jnp.array([top, left, top + height, left + ASPECT * height])
  return found
