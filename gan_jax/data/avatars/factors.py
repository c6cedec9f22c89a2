"""What can be known of a cartoon face: its factors, and the attributes and boxes that follow from them.

All are jax functions of one face: vmap them for many.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from gan_jax import errors
from gan_jax.data.avatars.drawing import PARTS, Size, segmentation
from gan_jax.data.avatars.parts import FACTORS, Face

# Where the face is and how large, in units of the image's shorter side.
RANGES = {'shift_x': (-0.03, 0.03), 'shift_y': (-0.03, 0.03), 'scale': (1.02, 1.2)}

HAIR_ATTRIBUTES = {
  'bald': 'bald',
  'short_hair': 'short',
  'curly_hair': 'curly',
  'long_hair': 'long',
  'pigtails': 'pigtails',
  'mohawk': 'mohawk',
}
# Each attribute: the factor, and those of its values that have the attribute.
MEANINGS = {
  **{f'{colour}_hair': ('hair_colour', (colour,)) for colour in FACTORS['hair_colour']},
  **{name: ('hair_style', (style,)) for name, style in HAIR_ATTRIBUTES.items()},
  'smile': ('mouth', ('smile', 'grin')),
  'open_mouth': ('mouth', ('grin', 'open')),
  'winking': ('eye_shape', ('winking',)),
  'glasses': ('glasses', ('round', 'square')),
  'hat': ('hat', ('cap', 'beanie', 'sun hat')),
}
ATTRIBUTES = tuple(MEANINGS)

BOXES = {
  'face': ('face', 'nose', 'lips', 'mouth', 'teeth', 'brows', 'eyes', 'irises', 'pupils'),
  'eyes': ('eyes', 'irises', 'pupils'),
  'mouth': ('lips', 'mouth', 'teeth'),
  'hair': ('hair',),
  'glasses': ('glasses',),
  'hat': ('hat',),
}


def sample_factors(rng: PRNGKeyArray) -> Face:
  """One face's factors; every combination is equally likely."""
  counts = jnp.array([len(values) for values in FACTORS.values()])
  low, high = jnp.array(list(RANGES.values())).T
  kinds, places = jnp.split(jax.random.uniform(rng, (len(counts) + len(low),)), [len(counts)])
  kinds = jnp.floor(kinds * counts).astype(jnp.int32)
  return dict(zip((*FACTORS, *RANGES), (*kinds, *(low + places * (high - low))), strict=True))


def with_factor(factors: Face, name: str, value: str | float | Array) -> Face:
  """The same face or faces with one factor changed; a categorical value is its name or its index.

  Raises UserError for a name or value that does not exist.
  """
  if name not in factors:
    raise errors.unknown('factor', name, (*FACTORS, *RANGES))
  if isinstance(value, str):
    if value not in FACTORS.get(name, ()):
      raise errors.unknown(f'value of {name}', value, FACTORS.get(name, ('any number',)))
    value = FACTORS[name].index(value)
  return {**factors, name: jnp.full_like(factors[name], value)}


def attributes(factors: Face) -> Float[Array, ' K']:
  """Which of ATTRIBUTES a face has, 0 and 1."""
  has = [
    jnp.isin(factors[factor], jnp.array([FACTORS[factor].index(value) for value in values]))
    for factor, values in MEANINGS.values()
  ]
  return jnp.stack(has).astype(jnp.float32)


def boxes(factors: Face, size: Size = (64, 64)) -> dict[str, Float[Array, ' 4']]:
  """Where BOXES' things are seen, by name: top, left, bottom, right in [0, 1] of the image.

  The boxes are tight around the pixels of `segmentation(factors, size)`; zeros if there are none.
  """
  labels = segmentation(factors, size)

  def span(seen):
    """First and last of the rows (or columns) that are seen, [2], as fractions of all."""
    count = len(seen)
    span = jnp.stack([jnp.argmax(seen), count - jnp.argmax(seen[::-1])]) / count
    return jnp.where(seen.any(), span, 0.0)

  def box(kinds):
    seen = jnp.isin(labels, jnp.array([PARTS.index(kind) for kind in kinds]))
    return jnp.stack([span(seen.any(1)), span(seen.any(0))], -1).reshape(4)

  return {name: box(kinds) for name, kinds in BOXES.items()}
