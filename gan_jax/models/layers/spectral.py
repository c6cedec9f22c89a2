"""Spectral normalisation of the weights of any layer or network: Miyato et al. 2018.

https://arxiv.org/abs/1802.05957, algorithm 1: each weight divided by an estimate of its largest singular
value, which one power iteration a pass makes better.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, PRNGKeyArray

from gan_jax.models.layers.wrapping import call, mapped

SQUARINGS = 4  # of the matrix of products when it is made, so that the first passes are normalised, too


class SpectralNorm(nn.Module):
  """A layer or a network whose every `kernel` has the spectral norm 1, as a matrix of [inputs, outputs].

  The vectors of the power iteration are the collection 'spectral'; they move in training only. Scales and
  shifts by a condition, which are 0 at first, stay as they are.
  """

  inside: nn.Module

  @nn.compact
  def __call__(self, *inputs: Any, train: bool = False, **named: Any) -> Any:
    used = lambda variables: jax.tree_util.tree_map_with_path(
      lambda path, value: self._normalized([key.key for key in path[1:]], value, train), variables
    )
    return mapped(self, lambda inside: call(inside, *inputs, train=train, **named), used)

  def _normalized(self, path, value, train):
    """A weight at a path ['Conv_0', 'kernel'] as it is used; its vector moves if `train`."""
    if path[-1] != 'kernel' or any(name.startswith('Modulation') for name in path):
      return value
    matrix = value.reshape(-1, value.shape[-1])
    start = lambda: first_vector(self.make_rng('params'), matrix)
    vector = self.variable('spectral', '.'.join(path), start)
    norm, moved = largest_singular_value(matrix, vector.value)
    if train:
      vector.value = moved
    return value / jnp.where(norm > 0, norm, 1)


def first_vector(rng: PRNGKeyArray, matrix: Float[Array, 'K F']) -> Float[Array, ' F']:
  """A random vector after 2^SQUARINGS power iterations."""
  power = matrix.T @ matrix
  for _ in range(SQUARINGS):
    power = power / jnp.maximum(jnp.linalg.norm(power), 1e-12)
    power = power @ power
  return _unit(power @ jax.random.normal(rng, matrix.shape[1:]))


def largest_singular_value(
  matrix: Float[Array, 'K F'], vector: Float[Array, ' F']
) -> tuple[Float[Array, ''], Float[Array, ' F']]:
  """(an estimate, the vector after one power iteration); only the matrix has a gradient."""
  fixed = jax.lax.stop_gradient(matrix)
  left = _unit(fixed @ _unit(jax.lax.stop_gradient(vector)))
  right = _unit(left @ fixed)
  return left @ matrix @ right, right


def _unit(vector):
  return vector / jnp.maximum(jnp.linalg.norm(vector), 1e-12)
