"""How far images obey the words and the place that they were asked for, as a judge reads them."""

from collections.abc import Callable, Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax.data.spec import Spec

Boxes = Float[Array | np.ndarray, 'B 4']  # top, left, bottom, right
Flags = Float[Array | np.ndarray, 'B K']


def readable(spec: Spec, place: str) -> tuple[str, ...]:
  """What of the data a judge is to read off images: their attributes, if captions decide any, and the box.

  Without the box it would look for the attributes in the whole image.
  """
  told = ['attributes'] * ('caption_tells' in spec and 'attributes' in spec)
  return (*told, *['box'] * ('box' in spec and (bool(told) or place == 'box')))


def score(place: str, attributes: Sequence[str]) -> Callable:
  """(batch, fakes) -> {name: [B]}, with what a judge reads off the real images and the fakes in 'read'.

  'named_right' is the share of the attributes that a caption says are there which are read, 'named_right_hat'
  that of one of them, NaN where it is not named; 'box_iou' the overlap of the box that is asked for and the
  one that is read. '..._real' are those of real images.
  """

  def scores(batch, fakes):
    found = {}
    for suffix, read in (('', fakes['read']), ('_real', batch['read'])):
      if 'attributes' in read:
        given = read['attributes'], batch['attributes'], batch['caption_tells']
        found[f'named_right{suffix}'] = named_right(*given)
        for k, name in enumerate(attributes):
          found[f'named_right_{name}{suffix}'] = one_right(*(flags[:, k] for flags in given))
      if place == 'box':
        asked = batch['box'] if suffix else batch['fake_box']
        found[f'box_iou{suffix}'] = overlap(read['box'], asked)
    return found

  return scores


def one_right(
  read: Float[Array, ' B'], asked: Float[Array, ' B'], told: Float[Array, ' B']
) -> Float[Array, ' B']:
  """1 where an attribute that is told to be there is read, 0 where it is not; NaN where it is not told."""
  return jnp.where(told * asked > 0.5, (read > 0.5).astype(jnp.float32), jnp.nan)


def named_right(read: Flags, asked: Flags, told: Flags) -> Float[Array, ' B']:
  """The share of the attributes that are told to be there which are read; NaN where none is.

  Those that are told not to be there are right most of the time in any image: of six colours of hair, five.
  """
  there = told * (asked > 0.5)
  right = (there * (read > 0.5)).sum(1)
  return jnp.where(there.sum(1) > 0, right / jnp.maximum(there.sum(1), 1), jnp.nan)


def overlap(boxes: Boxes, others: Boxes) -> Float[Array, ' B']:
  """Intersection over union of each pair of boxes; 0 where both are empty."""

  def area(low, high):
    sides = jnp.maximum(high - low, 0)
    return sides[:, 0] * sides[:, 1]

  both = area(jnp.maximum(boxes[:, :2], others[:, :2]), jnp.minimum(boxes[:, 2:], others[:, 2:]))
  either = area(boxes[:, :2], boxes[:, 2:]) + area(others[:, :2], others[:, 2:]) - both
  return both / jnp.maximum(either, 1e-9)
