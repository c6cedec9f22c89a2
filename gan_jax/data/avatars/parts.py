"""What an avatar is made of: the values of every factor, and the signed distances of the parts.

Distances are negative inside. Coordinates are those of the face: x to the right, y down, the origin in the
middle of the head, and 1 the shorter side of an image at scale 1. A part has the same formula for all of its
styles, and a style is a row of numbers in it, so that no pixel is computed once per style.
"""

from collections.abc import Mapping, Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Shaped

Face = Mapping[str, Shaped[Array, '...']]  # {factor: its value}, of one face or of many
Field = Float[Array, '#H #W']  # coordinates and distances
Index = int | Int[Array, '']  # of a value of a factor
Number = float | Float[Array, '']

SKIN = {'fair': '#fbdcc4', 'tan': '#e0a878', 'brown': '#a9693f', 'dark': '#7a4b35'}
HAIR = {
  'black': '#3b3544',
  'brown': '#7d4a26',
  'blond': '#f6d365',
  'red': '#d9572b',
  'grey': '#b8bdc9',
  'blue': '#4a86e8',
}
EYES = {'brown': '#8a5426', 'blue': '#2f8ff0', 'green': '#2fa84f'}
OUTFIT = {'red': '#e4504e', 'green': '#49ab63', 'blue': '#3f6fc4', 'yellow': '#f5b83d', 'purple': '#8f5cc2'}
BACKGROUND = {
  'blue': '#a9dbf3',
  'green': '#b9e8c2',
  'pink': '#f9c3d3',
  'yellow': '#fcebab',
  'purple': '#cfc3f1',
  'white': '#f4f2ee',
}

EYE_X = 0.088  # how far the eyes are from the middle
AWAY = 9.0  # a coordinate far outside of any image: where absent things are
OUTLINE = 0.014  # the width of the dark lines, inside of the shapes
HAT_LINE = -0.115  # hats hide the hair above this height

# scalp: how far it stands out of the head, and how far down it reaches; opening for the face: lobed (1: one
# arch over each eye, 0: a single one), x, y, half width, half height, corner; back: half width, bottom.
HAIR_SHAPE = {
  'bald': (-AWAY, 0.0, 0, 0.0, 0.0, 0.1, 0.1, 0.05, 0.0, -AWAY),
  'short': (0.022, 0.045, 0, 0.014, 0.08, 0.17, 0.195, 0.11, 0.0, -AWAY),
  'curly': (0.03, -0.02, 0, 0.0, 0.08, 0.16, 0.2, 0.1, 0.0, -AWAY),
  'long': (0.05, 0.3, 1, 0.06, 0.17, 0.085, 0.32, 0.085, 0.24, 0.325),
  'pigtails': (0.02, -0.02, 1, 0.076, 0.1, 0.098, 0.235, 0.09, 0.0, -AWAY),
  'mohawk': (-AWAY, 0.0, 0, 0.0, 0.0, 0.1, 0.1, 0.05, 0.0, -AWAY),
}
# Six locks, circles that are mirrored in x: their common radius, then (|x|, y) of each.
LOCKS = {
  'bald': (0.0, *[AWAY] * 12),
  'short': (0.0, *[AWAY] * 12),
  'curly': (0.072, 0.0, -0.21, 0.095, -0.2, 0.175, -0.145, 0.215, -0.065, 0.225, 0.02, 0.21, 0.1),
  'long': (0.0, *[AWAY] * 12),
  'pigtails': (0.06, 0.255, -0.01, 0.285, 0.04, 0.295, 0.095, 0.285, 0.145, 0.27, 0.18, 0.27, 0.18),
  'mohawk': (0.048, 0.0, -0.165, 0.015, -0.215, 0.028, -0.27, 0.024, -0.325, 0.0, -0.365, 0.0, -0.265),
}
# Between two circles: y and radius of the first, y and radius of the second, 1 for inside or -1 for outside
# of the second, and the height of the upper lid.
EYE_SHAPE = {
  'round': (0.0, 0.054, 0.0, 0.054, 1, -AWAY),
  'narrow': (0.036, 0.068, -0.036, 0.068, 1, -AWAY),
  'sleepy': (0.0, 0.056, 0.0, 0.056, 1, -0.006),
  'winking': (0.02, 0.052, 0.044, 0.06, -1, -AWAY),
}
# A box bent to a parabola: curvature (up at the ends if positive), half width, half height, corner, where it
# is cut off above, and 1 if it is open.
MOUTH_SHAPE = {
  'smile': (6.0, 0.082, 0.014, 0.014, -AWAY, 0),
  'grin': (2.5, 0.085, 0.05, 0.05, -0.018, 1),
  'neutral': (0.0, 0.055, 0.014, 0.014, -AWAY, 0),
  'frown': (-5.0, 0.075, 0.014, 0.014, -AWAY, 0),
  'open': (0.0, 0.042, 0.045, 0.042, -AWAY, 1),
}
# A lens: y, half width, half height, corner.
GLASSES_SHAPE = {
  'none': (AWAY, 0.07, 0.07, 0.07),
  'round': (0.02, 0.078, 0.078, 0.078),
  'square': (0.02, 0.082, 0.062, 0.018),
}
# Dome: half width, top, corner; brim: x, y, half width, half height; bobble: y, radius.
HAT_SHAPE = {
  'none': (0.0, AWAY, 0.0, 0.0, AWAY, 0.0, 0.0, AWAY, 0.0),
  'cap': (0.222, -0.285, 0.15, 0.1, -0.118, 0.235, 0.03, -0.288, 0.018),
  'beanie': (0.222, -0.295, 0.17, 0.0, -0.135, 0.235, 0.045, -0.315, 0.045),
  'sun hat': (0.19, -0.3, 0.1, 0.0, -0.13, 0.345, 0.032, AWAY, 0.0),
}

FACTORS = {
  'skin': tuple(SKIN),
  'hair_style': tuple(HAIR_SHAPE),
  'hair_colour': tuple(HAIR),  # of the brows too, so that a bald head's can be seen
  'eye_shape': tuple(EYE_SHAPE),
  'eye_colour': tuple(EYES),
  'mouth': tuple(MOUTH_SHAPE),
  'glasses': tuple(GLASSES_SHAPE),
  'hat': tuple(HAT_SHAPE),
  'outfit': tuple(OUTFIT),  # the colour of the shirt, and of the hat that goes with it
  'background': tuple(BACKGROUND),
}


def pick(table: Mapping[str, Sequence[float]], index: Index) -> Float[Array, ' numbers']:
  """Row `index` of a table {value: numbers}."""
  return jnp.asarray(list(table.values()), jnp.float32)[index]


def circle(x: Field, y: Field, radius: Number | Field) -> Field:
  """Distance from a circle about the origin."""
  return jnp.sqrt(x * x + y * y) - radius


def box(x: Field, y: Field, width: Number, height: Number, corner: Number | Field) -> Field:
  """Distance from a box about the origin: half width, half height, radius of the corners."""
  x, y = jnp.abs(x) - (width - corner), jnp.abs(y) - (height - corner)
  return circle(jnp.maximum(x, 0), jnp.maximum(y, 0), corner) + jnp.minimum(jnp.maximum(x, y), 0)


def head(x: Field, y: Field) -> Field:
  """Distance from the head: fuller above than at the chin."""
  return box(x, y, 0.19, 0.215, jnp.where(y < 0, 0.185, 0.15))


def hair(x: Field, y: Field, style: Index, hat: Index) -> tuple[Field, Field]:
  """Distances from the hair before the face and from that behind the neck."""
  grow, bottom, lobed, ox, oy, width, height, corner, back, length = pick(HAIR_SHAPE, style)
  radius, *locks = pick(LOCKS, style)
  side = jnp.abs(x)
  opening = box(jnp.where(lobed > 0, side, x) - ox, y - oy, width, height, corner)
  scalp = jnp.maximum(jnp.maximum(head(x, y) - grow, y - bottom), -opening)
  nearest = jnp.inf
  for lock_x, lock_y in zip(locks[::2], locks[1::2], strict=True):
    nearest = jnp.minimum(nearest, (side - lock_x) ** 2 + (y - lock_y) ** 2)
  front = jnp.minimum(scalp, jnp.sqrt(nearest) - radius)
  # A mohawk grows through any hat: else it could not be told from a bald head.
  hidden = (hat != FACTORS['hat'].index('none')) & (style != FACTORS['hair_style'].index('mohawk'))
  top = jnp.where(hidden, HAT_LINE - OUTLINE, -AWAY)
  behind = box(x, y - (length - 0.16), back, 0.16, 0.1)
  return jnp.maximum(front, top - y), jnp.maximum(behind, top - y)


def brows(x: Field, y: Field) -> Field:
  """Distance from the brows."""
  x = jnp.abs(x) - EYE_X
  return box(x, y + 0.07 - 4 * x * x, 0.048, 0.015, 0.015)


def eyes(x: Field, y: Field, shape: Index) -> tuple[Field, Field]:
  """Distances from both eyes and from what is open in them; the one that winks is on the right.

  y is from their middle.
  """
  winking = FACTORS['eye_shape'].index('winking')
  open_eye = pick(EYE_SHAPE, jnp.where(shape == winking, FACTORS['eye_shape'].index('round'), shape))
  closed = (shape == winking) & (x > 0)
  y1, radius1, y2, radius2, sign, lid = [
    jnp.where(closed, shut, value) for shut, value in zip(EYE_SHAPE['winking'], open_eye, strict=True)
  ]
  x = jnp.abs(x) - EYE_X
  lens = jnp.maximum(circle(x, y - y1, radius1), sign * circle(x, y - y2, radius2))
  lens = jnp.maximum(lens, lid - y)
  return lens, jnp.where(closed, AWAY, lens + OUTLINE)


def mouth(x: Field, y: Field, shape: Index) -> tuple[Field, Field]:
  """Distances from the lips and from what is open between them; y is from the middle of the mouth."""
  curvature, width, height, corner, top, is_open = pick(MOUTH_SHAPE, shape)
  bend = curvature * (x * x - 0.002)
  lips = jnp.maximum(box(x, y + bend, width, height, corner), top - y)
  return lips, jnp.where(is_open > 0, lips + OUTLINE, AWAY)


def glasses(x: Field, y: Field, shape: Index) -> tuple[Field, Field]:
  """Distances from the frame and from the lenses."""
  middle, width, height, corner = pick(GLASSES_SHAPE, shape)
  side = jnp.abs(x)
  lens = box(side - 0.094, y - middle, width, height, corner)
  bar = box(x, y - middle + 0.01, 0.2, 0.01, 0.0)
  return jnp.minimum(jnp.abs(lens) - 0.011, jnp.maximum(bar, -lens)), lens


def hat(x: Field, y: Field, shape: Index) -> tuple[Field, Field, Field]:
  """Distances from the dome, the brim and the bobble."""
  width, top, corner, brim_x, brim_y, brim_width, brim_height, bobble_y, bobble = pick(HAT_SHAPE, shape)
  dome = jnp.maximum(box(x, y - top - 0.2, width, 0.2, corner), y - HAT_LINE)
  brim = box(x - brim_x, y - brim_y, brim_width, brim_height, brim_height)
  return dome, brim, circle(x, y - bobble_y, bobble)
