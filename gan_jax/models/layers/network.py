"""What every network has: initial weights by name, the type to compute in, normalisation by name."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.configs.fields import names, option
from gan_jax.configs.sections import GIVEN
from gan_jax.models.layers.initializers import INITIALIZERS, initializer
from gan_jax.models.layers.norms import NORMS, Modulation, norm

Condition = Float[Array | np.ndarray, 'B K'] | None  # what a network may be called with besides its input


def given(default: Any = dataclasses.MISSING) -> Any:
  """A field of a network that the code gives it and no config: shapes, numbers of classes, ..."""
  return dataclasses.field(default=default, metadata=GIVEN)


class Network(nn.Module):
  """The base of generators and discriminators; fields that a config does not set are `given`.

  `spectral_norm` is what models.make puts around a network that a config describes.
  """

  initializer: str = option('normal', names(INITIALIZERS), 'of the first weights')
  init_scale: float = option(0.02, '>= 0', 'standard deviation of normal weights, gain of orthogonal ones')
  spectral_norm: bool = option(False, '', 'divide each weight by its largest singular value')
  dtype: str | None = given(None)  # to compute in; None: as the inputs
  norm_groups: int = given(1)  # parts of a batch with statistics of their own
  # what scales and shifts by the condition that the network is called with: '', 'batch_norm' (each of those)
  # or 'modulation' (each place where it may normalise, whether it does or not)
  conditioning: str = given('')

  @property
  def weights(self) -> dict[str, Any]:
    """The arguments by which every layer has its initial weights and the type to compute in."""
    return {'kernel_init': self.kernel_init, 'dtype': self.dtype}

  @property
  def kernel_init(self) -> Callable:
    """The initializer that the config names."""
    return initializer(self.initializer, self.init_scale)

  def normalize(
    self,
    name: str,
    train: bool,
    momentum: float = 0.9,
    condition: Condition = None,
  ) -> nn.Module | Callable:
    """The normalisation layer `name`: none, batch or instance. Raises UserError.

    Its scale and bias are linear in the `condition` where the network is `conditioning` by it.
    """
    places = {'': (), 'batch_norm': ('batch',), 'modulation': NORMS}[self.conditioning]
    if condition is None or name not in places:
      return norm(name, train, self.norm_groups, momentum)
    layer, modulation = norm(name, train, self.norm_groups, momentum, affine=False), Modulation()
    return lambda images: modulation(layer(images), condition)
