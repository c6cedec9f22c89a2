"""Avatars in two looks, without pairs, for CycleGAN and style transfer; the truth is known, for scoring."""

import functools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field
from gan_jax.data import avatars
from gan_jax.data.dataset import Dataset

Look = tuple[tuple[str, str], ...]  # (factor, value)s
OPTIONS = {
  **avatars.FACES,
  'before': Field('background=blue,hair_colour=black,glasses=none', about='what faces of domain A have'),
  'after': Field('background=pink,hair_colour=blond,glasses=round', about='what faces of domain B have'),
}
DRAWINGS = {'face': avatars.draw, 'segmentation': avatars.segmentation_image, 'edges': avatars.edges}
KNOWN = {**avatars.FACTORS, 'drawn': tuple(DRAWINGS)}


def make(options: ConfigDict, batch_size: int) -> Dataset:
  """A Dataset of {'source': faces of look A, 'image': other faces of look B, 'target': the source in look B}.

  A look is 'factor=value,...'; besides avatars.FACTORS there is 'drawn', one of DRAWINGS. 'target' is for
  scoring only: no loss may see it. Raises UserError for a look that does not exist.
  """
  looks = (parse(options.before, 'before'), parse(options.after, 'after'))
  dataset = avatars.make(options, batch_size)
  stream = avatars.SPLITS.index(options.split)
  draw = functools.partial(_examples, stream=stream, size=tuple(options.size), looks=looks)
  return dataset.replace(draw=draw, unpaired=('image',), label_names=(), attribute_names=())


@functools.partial(jax.jit, static_argnames=('size', 'looks'))
def _examples(indices, stream, size, looks):
  """Examples `indices` [B] of a stream of faces in both looks."""
  faces = avatars.faces(indices, stream)
  before, after = (picture(faces, look, size) for look in looks)
  return {'source': before, 'image': after, 'target': after}


def picture(faces: avatars.Face, look: Look, size: tuple[int, int]) -> Float[Array, 'B H W 3']:
  """Faces in a look."""
  for factor, value in look:
    if factor != 'drawn':
      faces = avatars.with_factor(faces, factor, value)
  drawing = DRAWINGS[dict(look).get('drawn', 'face')]
  images = jax.vmap(lambda face: drawing(face, size))(faces)
  return jnp.broadcast_to(images, (*images.shape[:3], 3))  # edges are grey


def parse(text: str, field: str) -> Look:
  """The look of 'factor=value,factor=value'. Raises UserError."""
  parts = [part.strip().partition('=') for part in text.split(',') if part]
  for factor, _, value in parts:
    if factor not in KNOWN:
      raise errors.unknown(f'factor in data.{field}', factor, KNOWN)
    if value not in KNOWN[factor]:
      raise errors.unknown(f'{factor} in data.{field}', value, KNOWN[factor])
  return tuple((factor, value) for factor, _, value in parts)
