"""Avatars as pictures: the face, its segmentation and its edges, of any size, from the same layers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from gan_jax.data.avatars import parts
from gan_jax.data.avatars.parts import EYE_X, OUTLINE, Face, Field, Index, box, circle

Colour = tuple[float, ...] | Float[Array, ' C']  # in [-1, 1]
Size = tuple[int, int]  # (height, width)

PARTS = (
  'background',
  'shirt',
  'hair',
  'neck',
  'ears',
  'face',
  'nose',
  'lips',
  'mouth',
  'teeth',
  'brows',
  'eyes',
  'irises',
  'pupils',
  'glasses',
  'hat',
)
SOLID = ('brows', 'glasses', 'lips', 'nose', 'pupils')  # too thin to be drawn by their edges
DROP = 0.03  # how far below the middle of the image the head is, to leave room for hats


def rgb(code: str) -> tuple[float, float, float]:
  """'#rrggbb' as three floats in [-1, 1]."""
  return tuple(int(code[i : i + 2], 16) / 127.5 - 1 for i in (1, 3, 5))


INK, WHITE, RED, BLUSH = rgb('#2a2035'), rgb('#ffffff'), rgb('#9c3344'), rgb('#f0506a')


class Layer(NamedTuple):
  """A shape of one colour, painted over those before it."""

  part: str | None  # one of PARTS, or None for a play of light that is no part
  distance: Field  # negative inside
  colour: Colour
  outlined: bool = True
  opacity: float = 1.0
  blur: float = 0.0


def mix(colour: Colour, other: Colour, amount: float) -> Float[Array, ' C']:
  """A colour `amount` of the way to another."""
  return jnp.asarray(colour) * (1 - amount) + jnp.asarray(other) * amount


def colour_of(table: Mapping[str, str], index: Index) -> Float[Array, ' 3']:
  """Colour `index` of a table {value: '#rrggbb'}, in [-1, 1]."""
  return parts.pick({name: rgb(code) for name, code in table.items()}, index)


def background(factors: Face) -> Float[Array, ' 3']:
  """The colour behind a face: a pale one of any 'hue' if it has that factor, or one of those with names."""
  if 'hue' not in factors:
    return colour_of(parts.BACKGROUND, factors['background'])
  return 0.4 + 0.4 * jnp.cos(2 * jnp.pi * (factors['hue'] - jnp.arange(3) / 3))


def grid(factors: Face, size: Size) -> tuple[Float[Array, '1 W'], Float[Array, 'H 1'], Float[Array, '']]:
  """Coordinates of the pixels on the face, x and y, and the width of a pixel there."""
  height, width = size
  unit = 1 / min(height, width)
  x = (jnp.arange(width) + 0.5 - width / 2) * unit - factors['shift_x']
  y = (jnp.arange(height) + 0.5 - height / 2) * unit - factors['shift_y'] - DROP
  return x[None, :] / factors['scale'], y[:, None] / factors['scale'], unit / factors['scale']


def layers(factors: Face, x: Field, y: Field) -> list[Layer]:
  """The layers of a face, the last one on top."""
  hair = colour_of(parts.HAIR, factors['hair_colour'])
  outfit = colour_of(parts.OUTFIT, factors['outfit'])
  front, behind = parts.hair(x, y, factors['hair_style'], factors['hat'])
  frame, lens = parts.glasses(x, y, factors['glasses'])
  dome, brim, bobble = parts.hat(x, y, factors['hat'])
  return [
    Layer('shirt', box(x, y - 9.265, 0.27, 9, 0.13), outfit),  # it goes on below any image
    Layer('hair', behind, hair),
    *_face(factors, x, y),
    Layer('brows', parts.brows(x, y), mix(hair, INK, 0.25), outlined=False),
    Layer('hair', front, hair),
    Layer(None, lens, WHITE, outlined=False, opacity=0.1),
    Layer('glasses', frame, INK, outlined=False),
    Layer('hat', dome, outfit),
    Layer('hat', bobble, mix(outfit, WHITE, 0.45)),
    Layer('hat', brim, mix(outfit, WHITE, 0.25)),
  ]


def _face(factors, x, y):
  """The layers from the neck to the eyes."""
  skin = colour_of(parts.SKIN, factors['skin'])
  shade = mix(skin, rgb('#7a2f3a'), 0.28)
  side = jnp.abs(x)
  lips, mouth = parts.mouth(x, y - 0.135, factors['mouth'])
  eyes, inside = parts.eyes(x, y - 0.02, factors['eye_shape'])
  iris = circle(side - EYE_X, y - 0.02, 0.036)
  gleam = circle(side - EYE_X + 0.01, y - 0.008, 0.009)
  return [
    Layer('neck', box(x, y - 0.17, 0.075, 0.14, 0.07), shade),
    Layer('ears', circle(side - 0.192, y - 0.035, 0.048), skin),
    Layer('face', parts.head(x, y), skin),
    Layer(None, circle(side - 0.125, y - 0.1, 0.035), BLUSH, outlined=False, opacity=0.3, blur=0.03),
    Layer('nose', box(x, y - 0.075, 0.02, 0.014, 0.014), shade, outlined=False),
    Layer('lips', lips, INK, outlined=False),
    Layer('mouth', mouth, RED, outlined=False),
    Layer('teeth', jnp.maximum(mouth, y - 0.135), WHITE, outlined=False),
    Layer('eyes', eyes, WHITE),
    Layer('irises', jnp.maximum(iris, inside), colour_of(parts.EYES, factors['eye_colour']), outlined=False),
    Layer('pupils', jnp.maximum(iris + 0.018, inside), INK, outlined=False),
    Layer(None, jnp.maximum(gleam, inside), WHITE, outlined=False),
  ]


def covered(distance: Field, width: Float[Array, '']) -> Field:
  """How much of each pixel a shape covers: a ramp as wide as a pixel, in [0, 1]."""
  return jnp.clip(0.5 - distance / width, 0, 1)


def paint(
  shapes: Sequence[Layer], background: Colour, unit: Float[Array, ''], ink: Colour = INK
) -> Float[Array, 'H W C']:
  """The layers over a background."""

  def channel(i):
    canvas = background[i]
    for layer in shapes:
      fill = layer.colour[i]
      if layer.outlined:
        fill = ink[i] + (fill - ink[i]) * covered(layer.distance + OUTLINE, unit)
      canvas = canvas + (fill - canvas) * (covered(layer.distance, unit + layer.blur) * layer.opacity)
    return canvas

  return jnp.stack([channel(i) for i in range(len(ink))], -1)


def draw(factors: Face, size: Size) -> Float[Array, 'H W 3']:
  """One face, in [-1, 1]."""
  x, y, unit = grid(factors, size)
  return paint(layers(factors, x, y), background(factors), unit)


def edges(factors: Face, size: Size) -> Float[Array, 'H W 1']:
  """The lines of a face: -1 on the lines and 1 on the paper."""
  x, y, unit = grid(factors, size)
  paper, ink = (1.0,), (-1.0,)
  shapes = [
    layer._replace(colour=ink if layer.part in SOLID else paper)
    for layer in layers(factors, x, y)
    if layer.part
  ]
  return paint(shapes, paper, unit, ink)


def segmentation(factors: Face, size: Size) -> Int[Array, 'H W']:
  """The part that each pixel's middle shows: indices into PARTS."""
  x, y, _ = grid(factors, size)
  labels = jnp.zeros(size, jnp.int32)
  for layer in layers(factors, x, y):
    if layer.part:
      labels = jnp.where(layer.distance < 0, PARTS.index(layer.part), labels)
  return labels


def segmentation_image(factors: Face, size: Size) -> Float[Array, 'H W 3']:
  """The segmentation in the parts' own colours, which tell every factor, in [-1, 1]."""
  x, y, _ = grid(factors, size)
  canvas = jnp.broadcast_to(background(factors), (*size, 3))
  for layer in layers(factors, x, y):
    if layer.part:
      canvas = jnp.where(layer.distance[..., None] < 0, jnp.asarray(layer.colour), canvas)
  return canvas
