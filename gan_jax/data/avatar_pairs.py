"""Avatars beside a map of each, segmentation or edges, from which the face is to be made: pix2pix's data."""

import jax

from gan_jax import names
from gan_jax.data import avatars

SOURCES = {'segmentation': avatars.segmentation_image, 'edges': avatars.edges}
OPTIONS = {**avatars.OPTIONS, 'source': 'segmentation'}


def make(options, batch_size):
  """The Dataset of avatars.py with a 'source' [B, H, W, 3 or 1] in [-1, 1] besides.

  The segmentation's classes and colours tell all factors of the face; the edges do not tell colours. Raises
  UserError for an unknown source.
  """
  if options.source not in SOURCES:
    raise names.unknown('data.source', options.source, SOURCES)
  faces, picture, size = avatars.make(options, batch_size), SOURCES[options.source], tuple(options.size)

  @jax.jit
  def draw(indices):
    examples = faces.draw(indices)
    sources = jax.vmap(lambda face: picture(face, size))(avatars.factors_of(examples))
    return {**examples, 'source': sources}

  return faces.replace(draw=draw)
