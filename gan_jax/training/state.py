"""The state of a run: arrays only, all that resuming needs."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import struct
from jaxtyping import Array, Int
from ml_collections import ConfigDict

from gan_jax.gans import averages
from gan_jax.gans.contract import GAN, Batch, Variables


class TrainState(struct.PyTreeNode):
  """What a step changes. Of copies that learn at once, all but the step has an axis of them.

  Transformations of JAX put shapes, shardings or None in the place of arrays: hence Any beside their types.
  """

  step: Int[Array, ''] | Any
  seed: Int[Array, '*copies'] | Any  # all randomness is a function of (seed, rollbacks, step)
  rollbacks: Int[Array, '*copies'] | Any  # how often the run went back after a failure, to take another path
  variables: Variables | Any
  opt_state: dict[str, Any] | Any  # {'g', 'd'}
  ema: dict[str, Any] | Any  # what averages.py keeps of all of variables['g']; {} if nothing


def init_state(
  gan: GAN,
  optimizers: dict[str, optax.GradientTransformation],
  batch: Batch,
  seed: int | jax.Array,
  options: ConfigDict,
) -> TrainState:
  """The TrainState before the first step; `batch` gives shapes only, `options` are config.train."""
  variables = gan.init(jax.random.key(seed), {**batch, 'step': jnp.int32(0)})
  opt_state = {side: tx.init(variables[side]['params']) for side, tx in optimizers.items()}
  ema = averages.first(options, variables['g'])
  return TrainState(jnp.int32(0), jnp.int32(seed), jnp.int32(0), variables, opt_state, ema)
