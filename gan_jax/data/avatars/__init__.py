"""Cartoon faces drawn from known factors: data with no download, and with the truth about every image.

A face is a dict of factors, the categorical ones of FACTORS (int32, an index into its values) and the
continuous ones of RANGES (float32). Its picture, segmentation, edges, boxes, attributes and caption are
functions of the factors, and `with_factor` gives the same face with one thing changed. All but the caption
are jax functions of one face: vmap them for many.
"""

import functools
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Integer
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field, names
from gan_jax.data.avatars.captions import caption
from gan_jax.data.avatars.drawing import PARTS, draw, edges, segmentation, segmentation_image
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
  'caption',
  'draw',
  'edges',
  'faces',
  'factors_of',
  'make',
  'sample_factors',
  'segmentation',
  'segmentation_image',
  'with_factor',
]

OPTIONS = {
  'num_images': Field(10_000, '>= 1', 'faces of the training split'),
  'label': Field('hair_style', names(FACTORS), 'the factor that is the label'),
  'attributes': Field((), about='those of the faces that are given, by name; (): all'),
}
SPLITS = ('train', 'test')
MIN_TEST = 1000  # fewer images make scores noisy


def factors_of(batch: Mapping[str, Array]) -> Face:
  """The factors of a batch of this dataset."""
  return {name: batch[f'factor_{name}'] for name in (*FACTORS, *RANGES)}


def make(options: ConfigDict, batch_size: int) -> Dataset:
  """A procedural Dataset of faces: {'image', 'label', 'attributes', 'factor_<name>' for every factor}.

  Face k of a split is a function of the split and k alone. The test split has a tenth as many faces as
  the training split, and at least 1000. Raises UserError for options that cannot be met.
  """
  if options.channels != 3:
    raise errors.UserError(f'the avatars are in colour: set data.channels=3, not {options.channels}')
  if options.flip:
    raise errors.UserError('a mirrored avatar would belie its factors: set data.flip=False')
  if options.split not in SPLITS:
    raise errors.unknown('data.split', options.split, SPLITS)
  if options.label not in FACTORS:
    raise errors.unknown('data.label', options.label, FACTORS)
  if options.num_images < 1:
    raise errors.UserError(f'data.num_images={options.num_images}: the avatars need at least one image')
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


def faces(indices: Integer[Array | np.ndarray, ' B'], stream: int | Integer[Array, '']) -> Face:
  """The factors of the faces `indices` of a stream: the number of a split in SPLITS."""
  rngs = jax.vmap(lambda index: jax.random.fold_in(jax.random.fold_in(jax.random.key(0), stream), index))
  return jax.vmap(sample_factors)(rngs(indices))
