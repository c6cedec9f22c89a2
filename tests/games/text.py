"""Data: words of six letters, one-hot [B, 6, 4]."""

import jax
import jax.numpy as jnp

from gan_jax.data.dataset import Dataset

OPTIONS = {}


def make(options, batch_size):
  """{'text': float32 [B, 6, 4]}: the letters of a word come in turn, from any of the four on."""
  draw = jax.jit(lambda indices: {'text': jax.nn.one_hot((indices[:, None] + jnp.arange(6)) % 4, 4)})
  facts = (('view', 'games.arrays'), ('vocabulary', tuple('abcd')))
  return Dataset({}, 64, batch_size, (6, 4), draw=draw, facts=facts)
