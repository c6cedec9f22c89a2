"""The condition beside the channels of images, as planes; or beside the numbers of vectors.

Mirza and Osindero 2014, https://arxiv.org/abs/1411.1784.
"""

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax.gans.conditions import Way
from gan_jax.gans.contract import Images
from gan_jax.gans.parts.condition import Condition

OPTIONS = {}


def make(options: ConfigDict, condition: Condition) -> Way:
  """D sees K channels more."""
  return Way(Beside)


class Beside(nn.Module):
  """A network of images [B, ..., C] that is given them as [B, ..., C + K]."""

  network: nn.Module

  def __call__(self, images: Images, condition: Float[Array, 'B K'], train: bool = False) -> dict[str, Array]:
    planes = condition.reshape(len(images), *[1] * (images.ndim - 2), condition.shape[-1])
    planes = jnp.broadcast_to(planes, (*images.shape[:-1], condition.shape[-1])).astype(images.dtype)
    return self.network(jnp.concatenate([images, planes], -1), train=train)
