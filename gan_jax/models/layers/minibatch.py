"""What lets a discriminator see that generated images are too much alike."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.models.layers.activations import at_least_float32
from gan_jax.models.layers.wrapping import call

OF_PACKS = {'logits', 'features', 'reconstructions'}  # what may be said of several images together


def minibatch_deviation(
  maps: Float[Array | np.ndarray, 'B *size C'], group: int
) -> Float[Array, 'B *size C+1']:
  """Maps with a channel more: how much the examples of a group differ, the mean over places and channels.

  Karras et al. 2018, sec. 3, https://arxiv.org/abs/1710.10196, with groups of `group` as in StyleGAN's code,
  here of neighbours in the batch, which lie on one device; smaller ones where `group` does not divide it.
  """
  size = math.gcd(len(maps), group)
  parts = at_least_float32(maps).reshape(-1, size, *maps.shape[1:])
  deviations = jnp.sqrt(parts.var(1) + 1e-8).reshape(len(parts), -1).mean(1)
  planes = jnp.repeat(deviations, size).reshape(-1, *[1] * (maps.ndim - 1))
  planes = jnp.broadcast_to(planes, (*maps.shape[:-1], 1)).astype(maps.dtype)
  return jnp.concatenate([maps, planes], -1)


class Packed(nn.Module):
  """A discriminator that judges `count` images together, side by side in channels: PacGAN.

  Lin et al. 2018, sec. 3, https://arxiv.org/abs/1712.04086. What it says of a pack is said of each image in
  it. Packs are neighbours in the batch. Raises UserError where they cannot be made.
  """

  inside: nn.Module
  count: int

  @nn.compact
  def __call__(
    self, images: Float[Array | np.ndarray, 'B *size C'], *others: Any, train: bool = False
  ) -> dict[str, Any]:
    if others:
      raise errors.UserError(
        f'discriminator.pack={self.count} is for discriminators that are given images alone: set it to 1'
      )
    if len(images) % self.count:
      raise errors.UserError(f'discriminator.pack={self.count} does not divide {len(images)} images')
    packs = jnp.moveaxis(images.reshape(-1, self.count, *images.shape[1:]), 1, -2)
    outputs = call(self.inside, packs.reshape(len(packs), *images.shape[1:-1], -1), train=train)
    if single := sorted(set(outputs) - OF_PACKS):
      raise errors.UserError(f'discriminator.pack={self.count}: {single[0]} is of single images; set it to 1')
    return jax.tree.map(lambda output: jnp.repeat(output, self.count, 0), outputs)
