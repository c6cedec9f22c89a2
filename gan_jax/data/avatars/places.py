"""Where the faces are, and the numbers that may be asked for: places, sizes, boxes, keypoints."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from gan_jax.data.avatars.drawing import DROP, Size
from gan_jax.data.avatars.factors import RANGES
from gan_jax.data.avatars.parts import EYE_X, FACTORS, HAT_SHAPE, MOUTH_SHAPE, Face, pick

WIDE = {'shift_x': (-0.25, 0.25), 'shift_y': (-0.25, 0.25), 'scale': (0.5, 1.2)}
NEAR = {'shift_x': (-0.12, 0.12), 'shift_y': (-0.12, 0.12), 'scale': (0.8, 1.2)}
PLACES = {'narrow': RANGES, 'near': NEAR, 'wide': WIDE}
HUE = {'hue': (0.0, 1.0)}  # of the background, on the circle of colours
HEAD = (-0.215, -0.24, 0.215, 0.24)  # top, left, bottom, right, with the ears and without hair and hat
REACH = (0.4, 0.25, 0.3)  # of most hats above, ears aside, collars below the middle, at scale 1
KEYPOINTS = (
  'left eye', 'right eye', 'nose', 'left mouth corner', 'right mouth corner', 'chin', 'left ear', 'right ear',
  'hat top',
)  # fmt: skip


def ranges(places: str, hue: bool = False) -> dict[str, tuple[float, float]]:
  """{factor: (least, most)} of the continuous ones."""
  return {**PLACES[places], **(HUE if hue else {})}


def moved(face: Face, places: str) -> Face:
  """A face as `places` of PLACES have it, moved from where it is in the narrow ones.

  Larger faces move less, so that in a picture as high as wide, or more so, the whole head is seen with most
  of its hat.
  """
  if places == 'narrow':
    return face
  share = {name: (face[name] - low) / (high - low) for name, (low, high) in RANGES.items()}
  within = lambda name, low, high: low + share[name] * (high - low)
  limits = PLACES[places]
  scale = within('scale', *limits['scale'])
  above, aside, below = (0.5 - reach * scale for reach in REACH)
  (_, across), (_, down) = limits['shift_x'], limits['shift_y']
  aside = jnp.minimum(aside, across)
  highest, lowest = -jnp.minimum(above + DROP, down), jnp.minimum(jnp.maximum(below - DROP, 0), down)
  return {
    **face,
    'scale': scale,
    'shift_x': within('shift_x', -aside, aside),
    'shift_y': within('shift_y', highest, lowest),
  }


def with_hue(face: Face, rng: PRNGKeyArray) -> Face:
  """A face whose background has a hue that is drawn, in the place of one of the colours with names."""
  return {**face, 'hue': jax.random.uniform(rng)}


def values(face: Face, limits: tuple[tuple[str, float, float], ...]) -> Float[Array, ' V']:
  """Factors by name, each scaled from its (least, most) to [-1, 1]."""
  return jnp.stack([2 * (face[name] - low) / (high - low) - 1 for name, low, high in limits])


def on_image(
  face: Face, x: Float[Array, ' P'], y: Float[Array, ' P'], size: Size
) -> tuple[Float[Array, ' P'], Float[Array, ' P']]:
  """(y, x) on the image, in [0, 1] from the top and from the left, of points of the face."""
  shorter = min(size)
  down = 0.5 + (y * face['scale'] + face['shift_y'] + DROP) * shorter / size[0]
  return down, 0.5 + (x * face['scale'] + face['shift_x']) * shorter / size[1]


def box(face: Face, size: Size) -> Float[Array, ' 4']:
  """Top, left, bottom, right of the head in [0, 1] of the image, whatever hides it."""
  top, left, bottom, right = HEAD
  rows, columns = on_image(face, jnp.array([left, right]), jnp.array([top, bottom]), size)
  return jnp.clip(jnp.stack([rows, columns], -1).reshape(4), 0, 1)


def keypoints(face: Face, size: Size) -> Float[Array, 'P 3']:
  """Of each of KEYPOINTS (y, x, visible); y and x in [0, 1] of the image, zeros where it is not seen."""
  curvature, width = pick(MOUTH_SHAPE, face['mouth'])[:2]
  corner = 0.9 * width
  mouth = 0.135 - curvature * (corner**2 - 0.002)
  hat = pick(HAT_SHAPE, face['hat'])[1]
  x = jnp.stack([-EYE_X, EYE_X, 0.0, -corner, corner, 0.0, -0.21, 0.21, 0.0])
  y = jnp.stack([0.02, 0.02, 0.075, mouth, mouth, 0.215, 0.035, 0.035, hat])
  rows, columns = on_image(face, x, y, size)
  inside = (rows >= 0) & (rows <= 1) & (columns >= 0) & (columns <= 1)
  seen = jnp.ones(len(KEYPOINTS), bool)
  has_ears = face['hair_style'] != FACTORS['hair_style'].index('long')
  for name, there in (('left ear', has_ears), ('right ear', has_ears)):
    seen = seen.at[KEYPOINTS.index(name)].set(there)
  seen = seen.at[KEYPOINTS.index('hat top')].set(face['hat'] != FACTORS['hat'].index('none')) & inside
  return jnp.where(seen[:, None], jnp.stack([rows, columns, jnp.ones_like(rows)], -1), 0)
