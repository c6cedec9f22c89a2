"""Cartoon faces drawn from known factors: data with no download, and with the truth about every image.

A face is a dict of factors, the categorical ones of FACTORS (int32, an index into its values) and the
continuous ones of RANGES (float32). Its picture, segmentation, edges, boxes, attributes and caption are
functions of the factors, and `with_factor` gives the same face with one thing changed. All but the caption
are jax functions of one face: vmap them for many.
"""

import functools

import jax
import jax.numpy as jnp

from gan_jax import names
from gan_jax.data import tables
from gan_jax.data.avatar_drawing import PARTS, draw, edges, segmentation, segmentation_image
from gan_jax.data.avatar_parts import FACTORS
from gan_jax.data.dataset import Dataset

__all__ = [
  'ATTRIBUTES',
  'BOXES',
  'FACTORS',
  'OPTIONS',
  'PARTS',
  'RANGES',
  'attributes',
  'boxes',
  'caption',
  'draw',
  'edges',
  'faces',
  'factors',
  'factors_of',
  'make',
  'segmentation',
  'segmentation_image',
  'with_factor',
]

OPTIONS = {
  'num_images': 10_000,
  'label': 'hair_style',  # the factor that is batch['label']
  'attributes': (),  # those of ATTRIBUTES that are batch['attributes']; () for all
}
SPLITS = ('train', 'test')
MIN_TEST = 1000  # fewer images make scores noisy

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

HAIR_PHRASES = {
  'bald': ('a bald head', '{} eyebrows'),
  'short': ('short {} hair',),
  'curly': ('curly {} hair',),
  'long': ('long {} hair',),
  'pigtails': ('{} pigtails',),
  'mohawk': ('a {} mohawk',),
}
MOODS = {
  'smile': 'smiling',
  'grin': 'grinning',
  'neutral': 'serious',
  'frown': 'frowning',
  'open': 'surprised',
}
PHRASINGS = (
  'a {mood} person with {looks}',
  'a {mood} person with {features}, wearing {clothes}, on a {background} background',
  'someone in {clothes} with {features} is {mood}',
  '{background} background, a {mood} face with {looks}',
  'a portrait of a {mood} person who has {features}',
)


def factors(rng):
  """One face's factors, {name: int32 [] or float32 []}; every combination is equally likely."""
  counts = jnp.array([len(values) for values in FACTORS.values()])
  low, high = jnp.array(list(RANGES.values())).T
  kinds, places = jnp.split(jax.random.uniform(rng, (len(counts) + len(low),)), [len(counts)])
  kinds = jnp.floor(kinds * counts).astype(jnp.int32)
  return dict(zip((*FACTORS, *RANGES), (*kinds, *(low + places * (high - low))), strict=True))


def with_factor(factors, name, value):
  """The same face or faces with one factor changed; a categorical value is its name or its index.

  Raises UserError for a name or value that does not exist.
  """
  if name not in factors:
    raise names.unknown('factor', name, (*FACTORS, *RANGES))
  if isinstance(value, str):
    if value not in FACTORS.get(name, ()):
      raise names.unknown(f'value of {name}', value, FACTORS.get(name, ('any number',)))
    value = FACTORS[name].index(value)
  return {**factors, name: jnp.full_like(factors[name], value)}


def factors_of(batch):
  """The factors {name: [B]} of a batch of this dataset."""
  return {name: batch[f'factor_{name}'] for name in (*FACTORS, *RANGES)}


def attributes(factors):
  """Which of ATTRIBUTES a face has: float32 [K] of 0 and 1."""
  has = [
    jnp.isin(factors[factor], jnp.array([FACTORS[factor].index(value) for value in values]))
    for factor, values in MEANINGS.values()
  ]
  return jnp.stack(has).astype(jnp.float32)


def boxes(factors, size=(64, 64)):
  """Where BOXES' things are seen, {name: float32 [4]}: top, left, bottom, right in [0, 1] of the image.

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


def caption(factors, index=0):
  """A face in plain English: phrasing `index` (any int), of which some tell more than others."""
  value = {name: values[int(factors[name])] for name, values in FACTORS.items()}
  hair = [phrase.format(value['hair_colour']) for phrase in HAIR_PHRASES[value['hair_style']]]
  eyes = f'{value["eye_shape"]} {value["eye_colour"]} eyes'
  glasses = [f'{value["glasses"]} glasses'] * (value['glasses'] != 'none')
  hat = [f'a {value["outfit"]} {value["hat"]}'] * (value['hat'] != 'none')
  return PHRASINGS[index % len(PHRASINGS)].format(
    mood=MOODS[value['mouth']],
    looks=_listed(hair + glasses + hat),
    features=_listed([f'{value["skin"]} skin', eyes, *hair]),
    clothes=_listed([f'a {value["outfit"]} shirt', *glasses, *hat]),
    background=value['background'],
  )


def _listed(things):
  """'a, b and c'."""
  *rest, last = things
  return f'{", ".join(rest)} and {last}' if rest else last


def make(options, batch_size):
  """A procedural Dataset of faces: {'image', 'label', 'attributes', 'factor_<name>' for every factor}.

  Face k of a split is a function of the split and k alone. The test split has a tenth as many faces as
  the training split, and at least 1000. Raises UserError for options that cannot be met.
  """
  if options.channels != 3:
    raise names.UserError(f'the avatars are in colour: set data.channels=3, not {options.channels}')
  if options.flip:
    raise names.UserError('a mirrored avatar would belie its factors: set data.flip=False')
  if options.split not in SPLITS:
    raise names.unknown('data.split', options.split, SPLITS)
  if options.label not in FACTORS:
    raise names.unknown('data.label', options.label, FACTORS)
  if options.num_images < 1:
    raise names.UserError(f'data.num_images={options.num_images}: the avatars need at least one image')
  size, kept = tuple(options.size), tuple(ATTRIBUTES[k] for k in tables.which(options.attributes, ATTRIBUTES))
  stream = SPLITS.index(options.split)
  return Dataset(
    {},
    options.num_images if options.split == 'train' else max(options.num_images // 10, MIN_TEST),
    batch_size,
    (*size, 3),
    draw=functools.partial(_examples, stream=stream, size=size, label=options.label, kept=kept),
    label_names=FACTORS[options.label],
    attribute_names=kept,
  )


@functools.partial(jax.jit, static_argnames=('size', 'label', 'kept'))
def _examples(indices, stream, size, label, kept):
  """Examples `indices` [B] of a stream of faces, {name: [B, ...]}, with the attributes `kept`."""
  columns = jnp.array([ATTRIBUTES.index(name) for name in kept])

  def example(face):
    named = {f'factor_{name}': value for name, value in face.items()}
    return {'image': draw(face, size), 'label': face[label], 'attributes': attributes(face)[columns], **named}

  return jax.vmap(example)(faces(indices, stream))


def faces(indices, stream):
  """The factors {name: [B]} of the faces `indices` [B] of a stream: the number of a split in SPLITS."""
  rngs = jax.vmap(lambda index: jax.random.fold_in(jax.random.fold_in(jax.random.key(0), stream), index))
  return jax.vmap(factors)(rngs(indices))
