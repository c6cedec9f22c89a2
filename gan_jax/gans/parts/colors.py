"""Affine maps of colours, and images changed by them: several changes of colour are one product.

A map [B, 4, 4] takes (red, green, blue, 1) to the new colour.
"""

import functools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Images = Float[Array, 'B H W C']
Maps = Float[Array, 'B 4 4']
Numbers = Float[Array, ' B']
GREY = np.array([1, 1, 1, 0]) / np.sqrt(3)  # the axis of luma
LUMA = np.outer(GREY, GREY).astype(np.float32)  # the projection on it
CROSS = np.array([[0, -1, 1, 0], [1, 0, -1, 0], [-1, 1, 0, 0], [0, 0, 0, 0]], np.float32) / np.sqrt(3)


def brighter(amount: Numbers) -> Maps:
  """Every channel + `amount`."""
  shift = np.zeros((4, 4), np.float32)
  shift[:3, 3] = 1
  return np.eye(4, dtype=np.float32) + _each(amount) * shift


def contrasted(factor: Numbers) -> Maps:
  """Every channel times `factor`, about 0."""
  return jnp.diag(jnp.array([0.0, 0, 0, 1])) + _each(factor) * np.diag(np.float32([1, 1, 1, 0]))


def luma_flipped(flip: Numbers) -> Maps:
  """Where `flip` is 1, light is dark and colours keep their hue: a reflection in the plane beside grey."""
  return np.eye(4, dtype=np.float32) - 2 * _each(flip) * LUMA


def hue_turned(angle: Numbers) -> Maps:
  """Colours turned about the axis of luma, in radians (Rodrigues' formula)."""
  sine, cosine = _each(jnp.sin(angle)), _each(jnp.cos(angle))
  last = np.diag(np.float32([0, 0, 0, 1]))
  return LUMA + last + cosine * (np.eye(4, dtype=np.float32) - LUMA - last) + sine * CROSS


def saturated(factor: Numbers) -> Maps:
  """The distance from grey times `factor`."""
  last = np.diag(np.float32([0, 0, 0, 1]))
  return LUMA + last + _each(factor) * (np.eye(4, dtype=np.float32) - LUMA - last)


def composed(*maps: Maps) -> Maps:
  """What changes colours by these maps, in this order."""
  return functools.reduce(lambda first, second: jnp.matmul(second, first, precision='highest'), maps)


def recolor(images: Images, maps: Maps) -> Images:
  """Images with other colours; of more than three channels the others stay as they are.

  One or two channels are grey and what is beside it, opacity say: grey becomes the mean of the new colours.
  """
  maps = maps.astype(images.dtype)
  count = 3 if images.shape[-1] >= 3 else 1
  maps = maps[:, :3] if count == 3 else maps[:, :3].mean(1, keepdims=True)
  linear, shift = maps[..., :3], maps[:, None, None, :, 3]
  linear = linear if count == 3 else linear.sum(-1, keepdims=True)
  colors = jnp.einsum('bhwc,bdc->bhwd', images[..., :count], linear, precision='highest') + shift
  return jnp.concatenate([colors, images[..., count:]], -1)


def _each(numbers):
  return numbers[:, None, None]
