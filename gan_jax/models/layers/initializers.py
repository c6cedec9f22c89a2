"""Initial weights by name."""

from collections.abc import Callable

import jax

from gan_jax import errors

SCALED = ('normal', 'truncated_normal', 'orthogonal')  # initializers that take a scale
UNSCALED = tuple(f'{fans}_{kind}' for fans in ('glorot', 'he', 'lecun') for kind in ('normal', 'uniform'))
INITIALIZERS = SCALED + UNSCALED


def initializer(name: str, scale: float) -> Callable:
  """The initializer `name` of jax.nn.initializers: (rng, shape) -> weights.

  `scale` is the standard deviation of 'normal', that of 'truncated_normal' before the cut, and the gain of
  'orthogonal'; UNSCALED ones have none. Raises UserError for an unknown name.
  """
  if name not in INITIALIZERS:
    raise errors.unknown('initializer', name, INITIALIZERS)
  make = getattr(jax.nn.initializers, name)
  return make(scale) if name in SCALED else make()


def scaled(gain: float = 1.0) -> Callable:
  """The initializer of normal weights with the standard deviation gain / sqrt(fan-in)."""
  return jax.nn.initializers.variance_scaling(gain**2, 'fan_in', 'normal')
