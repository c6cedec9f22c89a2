"""Avatars beside a map of each, segmentation or edges, from which the face is to be made: pix2pix's data."""

import functools

import jax
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field, names
from gan_jax.data import avatars
from gan_jax.data.dataset import Dataset

SOURCES = {'segmentation': avatars.segmentation_image, 'edges': avatars.edges}
OPTIONS = {
  **avatars.OPTIONS,
  'source': Field('segmentation', names(SOURCES), 'the map that a face is to be made from'),
}


def make(options: ConfigDict, batch_size: int) -> Dataset:
  """The Dataset of avatars with a 'source' [B, H, W, 3 or 1] in [-1, 1] besides.

  The segmentation's classes and colours tell all factors of the face; the edges do not tell colours. Raises
  UserError for an unknown source.
  """
  if options.source not in SOURCES:
    raise errors.unknown('data.source', options.source, SOURCES)
  faces, size = avatars.make(options, batch_size), tuple(options.size)

  def draw(indices):
    examples = faces.draw(indices)
    return {**examples, 'source': _pictures(avatars.factors_of(examples), options.source, size)}

  return faces.replace(draw=draw)


@functools.partial(jax.jit, static_argnames=('source', 'size'))
def _pictures(faces, source, size):
  """Maps [B, H, W, 3 or 1] of faces {factor: [B]}."""
  return jax.vmap(lambda face: SOURCES[source](face, size))(faces)
