"""Data: tones [B, 32, 1] in [-1, 1], 8 a period and 16."""

import jax
import jax.numpy as jnp

from gan_jax.data.dataset import Dataset

OPTIONS = {}


def make(options, batch_size):
  """{'sound': float32 [B, 32, 1], 'label': [B]}."""

  def draw(indices):
    labels = indices % 2
    times = jnp.arange(32)[None, :, None] / (8 * (1 + labels[:, None, None]))
    return {'sound': jnp.sin(2 * jnp.pi * times), 'label': labels}

  facts = (('view', 'games.arrays'), ('sample_rate', 8000.0))
  return Dataset({}, 64, batch_size, (32, 1), draw=jax.jit(draw), facts=facts, label_names=('high', 'low'))
