"""Data: boxes on 8 x 8 images, with a class, attributes, a caption of four words, a wrong one, a box."""

import jax
import jax.numpy as jnp

from gan_jax.data.dataset import Dataset

OPTIONS = {}
WORDS = ('a', 'red', 'green', 'blue', 'small', 'large', 'box', 'here')
SIDE, CLASSES = 8, 3


def make(options, batch_size):
  """{'image', 'label', 'attributes' [B, 2], 'caption' and 'caption_wrong' int [B, 4], 'box' [B, 4]}."""
  draw = jax.jit(jax.vmap(_example))
  facts = (('vocabulary', WORDS),)
  names = {'label_names': WORDS[1:4], 'attribute_names': ('height', 'width')}
  return Dataset({}, 64, batch_size, (SIDE, SIDE, 3), draw=draw, facts=facts, **names)


def _example(index):
  place_rng, size_rng, colour_rng = jax.random.split(jax.random.fold_in(jax.random.key(0), index), 3)
  corner = jax.random.uniform(place_rng, (2,)) / 2
  size = jax.random.uniform(size_rng, (2,), minval=0.2, maxval=0.5)
  label = jax.random.randint(colour_rng, (), 0, CLASSES)
  at = (jnp.arange(SIDE) + 0.5) / SIDE
  inside = lambda axis: (at >= corner[axis]) & (at <= corner[axis] + size[axis])
  shape = inside(0)[:, None, None] & inside(1)[None, :, None]
  image = jnp.where(shape, 2 * jax.nn.one_hot(label, CLASSES) - 1, -1.0)
  caption = jnp.array([0, 1, 4, 6]).at[1].add(label).at[2].add(size[0] > 0.35)
  wrong = caption.at[1].set(1 + (label + 1) % CLASSES)
  box = jnp.concatenate([corner, size])
  return {
    'image': image,
    'label': label,
    'attributes': size,
    'caption': caption,
    'caption_wrong': wrong,
    'box': box,
  }
