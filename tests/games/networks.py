"""Networks of a few dense layers, for arrays of any shape and any number of conditions."""

import math

import jax.numpy as jnp
from flax import linen as nn


class Generator(nn.Module):
  """Arrays [B, ...] to an array [B, *shape] in [-1, 1]."""

  shape: tuple

  @nn.compact
  def __call__(self, *inputs, train=False):
    hidden = nn.relu(nn.Dense(16)(flat(inputs)))
    return jnp.tanh(nn.Dense(math.prod(self.shape))(hidden)).reshape(-1, *self.shape)


class Discriminator(nn.Module):
  """Arrays [B, ...] to {'logits': [B], 'features': [B, 16]}."""

  @nn.compact
  def __call__(self, *inputs, train=False):
    features = nn.leaky_relu(nn.Dense(16)(flat(inputs)))
    return {'logits': nn.Dense(1)(features)[:, 0], 'features': features}


def flat(arrays):
  """Arrays [B, ...] as one [B, N]."""
  return jnp.concatenate([array.reshape(len(array), -1).astype(jnp.float32) for array in arrays], -1)
