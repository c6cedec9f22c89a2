"""Cartoon faces drawn from known factors: data with no download, and with the truth about every image.

A face is a dict of factors, the categorical ones of FACTORS (int32, an index into its values) and the
continuous ones of RANGES (float32). Its picture, segmentation, edges, boxes, attributes, keypoints and
captions are functions of the factors, and `with_factor` gives the same face with one thing changed. All are
jax functions of one face: vmap them for many. `read` tells what a caption in plain English says.
"""

from collections.abc import Mapping

import jax
from jaxtyping import Array
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field, defaults, names
from gan_jax.data import words
from gan_jax.data.avatars import examples, places
from gan_jax.data.avatars.captions import read
from gan_jax.data.avatars.drawing import PARTS, draw, edges, segmentation, segmentation_image
from gan_jax.data.avatars.examples import faces
from gan_jax.data.avatars.factors import (
  ATTRIBUTES,
  BOXES,
  RANGES,
  attributes,
  boxes,
  sample_factors,
  with_factor,
)
from gan_jax.data.avatars.parts import FACTORS, Face
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import tables

__all__ = [
  'ATTRIBUTES',
  'BOXES',
  'FACTORS',
  'OPTIONS',
  'PARTS',
  'RANGES',
  'Face',
  'attributes',
  'boxes',
  'draw',
  'edges',
  'faces',
  'factors_of',
  'make',
  'read',
  'sample_factors',
  'segmentation',
  'segmentation_image',
  'with_factor',
]

FACES = {
  'num_images': Field(10_000, '>= 1', 'faces of the training split'),
  'label': Field('hair_style', names(FACTORS), 'the factor that is the label'),
  'attributes': Field((), about='those of the faces that are given, by name; (): all'),
}
OPTIONS = {
  **FACES,
  'places': Field('narrow', names(places.PLACES), 'where faces stand: in the middle, near it, or anywhere'),
  'values': Field(
    (), names((*places.WIDE, *places.HUE)), 'numbers that are given with each face, scaled to [-1, 1]'
  ),
  'captions': Field(False, about='give captions, boxes and keypoints, too'),
  'one_wrong': Field(
    0.0, '[0, 1]', 'how often, while it learns, caption_wrong is wrong in one thing, and not of another face'
  ),
}
SPLITS = ('train', 'test')
CAPTIONED_SPLITS = (*SPLITS, 'phrasings', 'combinations')  # the latter two of what no caption was before
MIN_TEST = 1000  # fewer images make scores noisy


def factors_of(batch: Mapping[str, Array]) -> Face:
  """The factors of a batch of this dataset."""
  return {name: batch[key] for name in (*FACTORS, *RANGES, *places.HUE) if (key := f'factor_{name}') in batch}


def make(options: ConfigDict, batch_size: int) -> Dataset:
  """A procedural Dataset of faces: {'image', 'label', 'attributes', 'factor_<name>' for every factor}.

  With `values` it has 'values', too; with `captions` all that examples.described() tells, and splits in which
  phrasings, or combinations of looks, are new. Face k of a split is a function of the split and k alone. Test
  splits have a tenth as many faces as the training split, and at least 1000. Raises UserError for options
  that cannot be met.
  """
  options = ConfigDict({**defaults(OPTIONS), **options})  # a source that is made of this one may have less
  _check(options)
  names = tuple(ATTRIBUTES[k] for k in tables.which(options.attributes, ATTRIBUTES))
  limits = places.ranges(options.places, hue=True)
  asked = examples.Asked(
    stream=CAPTIONED_SPLITS.index(options.split),
    size=tuple(options.size),
    label=options.label,
    attributes=names,
    places=options.places,
    values=tuple((name, *limits[name]) for name in options['values']),
    split=options.split if options.captions else '',
    one_wrong=options.one_wrong if options.split == 'train' else 0.0,
  )
  facts = {'value_ranges': asked.values}
  if options.captions:
    facts |= {'vocabulary': words.CHARACTERS}
  return Dataset(
    {},
    options.num_images if options.split == 'train' else max(options.num_images // 10, MIN_TEST),
    batch_size,
    (*asked.size, 3),
    draw=jax.tree_util.Partial(examples.draw, asked=asked),
    label_names=FACTORS[options.label],
    attribute_names=names,
    facts=tuple((name, value) for name, value in facts.items() if value),
  )


def _check(options):
  """Raises UserError for options that cannot be met."""
  if options.channels != 3:
    raise errors.UserError(f'the avatars are in colour: set data.channels=3, not {options.channels}')
  if options.flip:
    raise errors.UserError('a mirrored avatar would belie its factors: set data.flip=False')
  if options.split not in CAPTIONED_SPLITS:
    raise errors.unknown('data.split', options.split, CAPTIONED_SPLITS)
  if options.split not in SPLITS and not options.captions:
    raise errors.UserError(f'data.split={options.split} is of captions: set data.captions=True')
  for field, value, known in (
    ('label', options.label, FACTORS),
    ('places', options.places, places.PLACES),
    *(('values', name, places.ranges('wide', hue=True)) for name in options['values']),
  ):
    if value not in known:
      raise errors.unknown(f'data.{field}', value, known)
  if options.captions and 'hue' in options['values']:
    raise errors.UserError('captions name the colour of the background: leave hue out of data.values')
  if options.num_images < 1:
    raise errors.UserError(f'data.num_images={options.num_images}: the avatars need at least one image')
