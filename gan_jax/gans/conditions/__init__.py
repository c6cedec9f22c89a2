"""How a discriminator reads the condition, by name: one way a file, with `OPTIONS` and `make`.

`condition.name` chooses one, or one's own by its dotted path; each works with any network.
"""

from collections.abc import Callable
from typing import NamedTuple

from flax import linen as nn
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import lookup
from gan_jax.gans.parts.condition import Condition
from gan_jax.models import layers


def nothing(*_: object) -> dict[str, Float[Array, '']]:
  """The terms of a player that learns no classes."""
  return {}


class Way(NamedTuple):
  """What a discriminator is, and what both players learn besides telling real from fake."""

  # a network of images -> one of (images, condition [B, K]), or of images alone where it does not `read` it
  wrap: Callable[[nn.Module], nn.Module]
  reads: bool = True
  # (its outputs for real images, their conditions {kind: ...}, the same of fakes) -> {name: weighted []}
  d_terms: Callable = nothing
  g_terms: Callable = nothing  # (its outputs for fakes, their conditions) -> {name: weighted []}


def of(options: ConfigDict, condition: Condition) -> Way:
  """The Way that config.condition, `options`, names. Raises UserError."""
  return lookup.module('gans.conditions', options.name, 'make').make(options, condition)


def features(outputs: dict[str, Array]) -> Float[Array, 'B D']:
  """The features of a network's outputs, those of maps summed over all places. Raises UserError for none."""
  if 'features' not in outputs:
    raise errors.UserError(
      f"this discriminator gives {', '.join(outputs)}, and no 'features' to read a condition with: set"
      ' condition.name=concat, or another discriminator.name'
    )
  found = outputs['features']
  return found.sum(tuple(range(1, found.ndim - 1)))


def linear(
  network: nn.Module, seen: Float[Array, 'B K'], size: int, train: bool, use_bias: bool = True
) -> Float[Array, 'B {size}']:
  """A linear layer with first weights, and spectral norm, like those of the network, if it has these."""
  network = layers.innermost(network)
  init = getattr(network, 'kernel_init', nn.initializers.lecun_normal())
  layer = nn.Dense(size, use_bias=use_bias, kernel_init=init)
  normed = getattr(network, 'spectral_norm', False)
  return layers.SpectralNorm(layer)(seen, train=train) if normed else layer(seen)
