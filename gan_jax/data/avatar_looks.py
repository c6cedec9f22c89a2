"""Avatars in two looks, without pairs, for CycleGAN and style transfer; the truth is known, for scoring."""

import jax
import jax.numpy as jnp

from gan_jax import names
from gan_jax.data import avatars

OPTIONS = {
  **avatars.OPTIONS,
  'before': 'background=blue,hair_colour=black,glasses=none',  # what all faces of domain A have
  'after': 'background=pink,hair_colour=blond,glasses=round',  # and those of domain B
}
DRAWINGS = {'face': avatars.draw, 'segmentation': avatars.segmentation_image, 'edges': avatars.edges}
KNOWN = {**avatars.FACTORS, 'drawn': tuple(DRAWINGS)}


def make(options, batch_size):
  """A Dataset of {'source': faces of look A, 'image': other faces of look B, 'target': the source in look B}.

  A look is 'factor=value,...'; besides avatars.FACTORS there is 'drawn', one of DRAWINGS. 'target' is for
  scoring only: no loss may see it. Raises UserError for a look that does not exist.
  """
  faces, size = avatars.make(options, batch_size), tuple(options.size)
  looks = {'source': parse(options.before, 'before'), 'image': parse(options.after, 'after')}

  @jax.jit
  def draw(indices):
    plain = avatars.factors_of(faces.draw(indices))
    drawn = {name: picture(plain, look, size) for name, look in looks.items()}
    return {**drawn, 'target': drawn['image']}

  return faces.replace(draw=draw, unpaired=('image',), label_names=(), attribute_names=())


def picture(faces, look, size):
  """Faces {factor: [B]} in a look: [B, H, W, 3]."""
  for factor, value in look.items():
    if factor != 'drawn':
      faces = avatars.with_factor(faces, factor, value)
  images = jax.vmap(lambda face: DRAWINGS[look.get('drawn', 'face')](face, size))(faces)
  return jnp.broadcast_to(images, (*images.shape[:3], 3))  # edges are grey


def parse(text, field):
  """{factor: value} of 'factor=value,factor=value'. Raises UserError."""
  parts = [part.strip().partition('=') for part in text.split(',') if part]
  for factor, _, value in parts:
    if factor not in KNOWN:
      raise names.unknown(f'factor in data.{field}', factor, KNOWN)
    if value not in KNOWN[factor]:
      raise names.unknown(f'{factor} in data.{field}', value, KNOWN[factor])
  return {factor: value for factor, _, value in parts}
