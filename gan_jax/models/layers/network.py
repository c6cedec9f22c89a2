"""What every network has: initial weights by name, the type to compute in, normalisation by name."""

import dataclasses
from collections.abc import Callable
from typing import Any

from flax import linen as nn

from gan_jax.configs.fields import names, option
from gan_jax.configs.sections import GIVEN
from gan_jax.models.layers.initializers import INITIALIZERS, initializer
from gan_jax.models.layers.norms import norm


def given(default: Any = dataclasses.MISSING) -> Any:
  """A field of a network that the code gives it and no config: shapes, numbers of classes, ..."""
  return dataclasses.field(default=default, metadata=GIVEN)


class Network(nn.Module):
  """The base of generators and discriminators; fields that a config does not set are `given`."""

  initializer: str = option('normal', names(INITIALIZERS), 'of the first weights')
  init_scale: float = option(0.02, '>= 0', 'standard deviation of normal weights, gain of orthogonal ones')
  dtype: str | None = given(None)  # to compute in; None: as the inputs
  norm_groups: int = given(1)  # parts of a batch with statistics of their own

  @property
  def weights(self) -> dict[str, Any]:
    """The arguments by which every layer has its initial weights and the type to compute in."""
    return {'kernel_init': self.kernel_init, 'dtype': self.dtype}

  @property
  def kernel_init(self) -> Callable:
    """The initializer that the config names."""
    return initializer(self.initializer, self.init_scale)

  def normalize(self, name: str, train: bool, momentum: float = 0.9) -> nn.Module | Callable:
    """The normalisation layer `name`: none, batch or instance. Raises UserError."""
    return norm(name, train, self.norm_groups, momentum)
