"""Data: a bright box on 8 x 8 grey images, with what is known of it: its kind, two attributes, two values."""

import jax
import jax.numpy as jnp

from gan_jax.data.dataset import Dataset

OPTIONS = {}
SIDE = 8
KINDS = ('box', 'left line', 'dots')
ATTRIBUTES = ('bright', 'framed')
RANGES = (('across', 0.0, 100.0), ('size', 2.0, 5.0))


def make(options, batch_size):
  """{'image', 'label', 'attributes' [B, 2] of 0 and 1, 'values' [B, 2] in [-1, 1]}."""
  split = ('train', 'test').index(options.split)
  return Dataset(
    {},
    256,
    batch_size,
    (SIDE, SIDE, 1),
    draw=jax.jit(jax.vmap(lambda index: _example(index + 1000 * split))),
    label_names=KINDS,
    attribute_names=ATTRIBUTES,
    facts=(('value_ranges', RANGES),),
  )


def _example(index):
  rngs = jax.random.split(jax.random.fold_in(jax.random.key(0), index), 3)
  label = jax.random.randint(rngs[0], (), 0, len(KINDS))
  attributes = jax.random.bernoulli(rngs[1], 0.5, (2,)).astype(jnp.float32)
  values = jax.random.uniform(rngs[2], (2,), minval=-1.0, maxval=1.0)
  at = jnp.arange(SIDE)
  start, size = 2.5 + 2.5 * values[0], 3.5 + 1.5 * values[1]
  inside = (at >= start) & (at < start + size)
  box = inside[None] & (at[:, None] >= 2) & (at[:, None] < 6)
  kinds = jnp.stack([box, box & (at[None] < start + 1), box & ((at[None] + at[:, None]) % 2 == 0)])
  image = jnp.where(kinds[label], 0.2 + 0.8 * attributes[0], -1.0)
  edge = (at[None] == 0) | (at[None] == SIDE - 1)
  image = jnp.where(edge & (attributes[1] > 0), 0.5, image)
  return {'image': image[..., None], 'label': label, 'attributes': attributes, 'values': values}
