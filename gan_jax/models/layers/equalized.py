"""Equalised learning rate: Karras et al. 2018, sec. 4.1, https://arxiv.org/abs/1710.10196.

An optimizer that divides by the size of gradients, as Adam, moves all weights by as much; of those that are
kept at variance 1 and scaled when they are used, each layer learns as fast as any other.
"""

import math
from typing import Any

import jax
from flax import linen as nn

from gan_jax.models.layers.wrapping import mapped


class Equalized(nn.Module):
  """A layer whose kept weights are its own times sqrt(fan-in) / `multiplier`, and biases / `multiplier`.

  Those of a layer that begins with the variance 1 / fan-in, as lecun_normal, are kept with the variance
  1 / multiplier^2, as in StyleGAN: Karras et al. 2019, app. C, https://arxiv.org/abs/1812.04948. The layer
  computes what it would without, and learns `multiplier` times as fast.
  """

  inside: nn.Module
  multiplier: float = 1.0

  @nn.compact
  def __call__(self, *inputs: Any, **named: Any) -> Any:
    used, kept = (
      lambda variables, power=power: jax.tree_util.tree_map_with_path(
        lambda path, value: value * self._gain(path[-1].key, value.shape) ** power, variables
      )
      for power in (1, -1)
    )
    return mapped(self, lambda inside: inside(*inputs, **named), used, kept)

  def _gain(self, name, shape):
    """By what a kept param is multiplied when it is used."""
    return self.multiplier / (math.sqrt(math.prod(shape[:-1])) if name == 'kernel' else 1)
