"""Activations by name, and what networks do with their outputs."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax import errors

ACTIVATIONS = ('identity', 'relu', 'leaky_relu', 'elu', 'gelu', 'silu', 'softplus', 'tanh', 'sigmoid')


def activation(name: str, slope: float = 0.2) -> Callable[[Array], Array]:
  """The activation `name` of jax.nn; `slope` is leaky ReLU's. Raises UserError for one not in ACTIVATIONS."""
  if name not in ACTIVATIONS:
    raise errors.unknown('activation', name, ACTIVATIONS)
  if name == 'leaky_relu':
    return functools.partial(jax.nn.leaky_relu, negative_slope=slope)
  return getattr(jax.nn, name)


def at_least_float32(values: Float[Array | np.ndarray, '*shape']) -> Float[Array | np.ndarray, '*shape']:
  """The values, wide enough for outputs, logits, statistics and what losses are made of."""
  return values.astype(jnp.promote_types(values.dtype, jnp.float32))


def image_output(
  hidden: Float[Array, 'B H W C'], start: Float[Array | np.ndarray, 'B H W D'] | None = None
) -> Float[Array, 'B H W C']:
  """What a generator ends with: the tanh of `hidden`, in at least float32.

  With `start` the sum of its first C channels and `hidden` instead, without bounds.
  """
  hidden = at_least_float32(hidden)
  return jnp.tanh(hidden) if start is None else start[..., : hidden.shape[-1]] + hidden
