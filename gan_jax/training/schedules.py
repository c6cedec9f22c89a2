"""Fields of a config that move while it trains: from their own values to those of `schedule.over`.

A scheduled field is a function of the images that D has seen, so of the step, and resuming is exact.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import lengths, overrides, sections
from gan_jax.training import varying

WHERE = 'schedule.over'
SHAPES = {  # share of the images that D is to see -> share of the way to the last value
  'cosine': lambda share: 0.5 * (1 - jnp.cos(math.pi * share)),
  'linear': lambda share: share,
  'constant_until': lambda share: jnp.floor(share),
}
# {field: (another by which it would move, too, the value with which it does not)}
OTHERS = {
  'g_optimizer.learning_rate': ('g_optimizer.schedule', 'constant'),
  'd_optimizer.learning_rate': ('d_optimizer.schedule', 'constant'),
  'instance_noise.sigma': ('instance_noise.steps', 0),
  'augment.p': ('augment.target', 0.0),
}


class Schedule(NamedTuple):
  """Where fields go, and when they are there."""

  ends: Mapping[str, float]  # {field: last value}; {} if none moves
  steps: float  # after which fields have these values
  shape: str

  def values(self, config: ConfigDict, step: int | Int[Array, '']) -> dict[str, Float[Array, '']]:
    """{field: its value at a step}, of which `config` has the first values.

    first + share (last - first), by a cosine share = (1 - cos(pi n / N)) / 2 of n images, N at the end, and
    constant after that: as R3GAN (Huang et al. 2024, https://arxiv.org/abs/2501.05441) moves five of them in
    its code (brownvc/R3GAN, training/training_loop.py).
    """
    share = SHAPES[self.shape](jnp.clip(jnp.float32(step) / self.steps, 0, 1))
    first = {field: overrides.value(config, field) for field in self.ends}
    return {field: first[field] + share * (last - first[field]) for field, last in self.ends.items()}


def make(config: ConfigDict) -> Schedule:
  """The Schedule of a complete config. Raises UserError for fields that cannot move, or move already."""
  options, found = config.schedule, varying.parse(config, WHERE)
  if found and not options.images:
    raise errors.UserError(
      f'{WHERE} needs schedule.images: how many D has seen when fields have those values'
    )
  for field, values in found.items():
    if len(values) > 1:
      raise errors.UserError(f'{WHERE}: {field} has one last value, not {len(values)}')
    check_alone(config, field)
  ends = {field: values[0] for field, values in found.items()}
  return Schedule(ends, options.images / lengths.images_of_step(config.train), options.shape)


def check_alone(config: ConfigDict, field: str) -> None:
  """Raises UserError for a field that moves by another rule already."""
  weights = {f'penalty.{name}': ('penalty.final_scale', 1.0) for name in penalties(config)}
  other, still = {**OTHERS, **weights}.get(field, ('', None))
  if other in sections.declared(config) and overrides.value(config, other) != still:
    raise errors.UserError(
      f'{WHERE}: {field} moves by {other}={overrides.value(config, other)} already: set {other}={still}'
    )


def penalties(config: ConfigDict) -> list[str]:
  """The names of all penalties, which are the fields of their weights."""
  return list(sections.penalty_modules(config.penalty.modules))
