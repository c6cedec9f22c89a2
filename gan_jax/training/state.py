"""The state of a run: arrays only, all that resuming needs."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import struct
from jaxtyping import Array, Int

from gan_jax.gans.contract import GAN, Batch, Variables


class TrainState(struct.PyTreeNode):
  """What a step changes. Of copies that learn at once, all but step and rollbacks has an axis of them.

  Transformations of JAX put shapes, shardings or None in the place of arrays: hence Any beside their types.
  """

  step: Int[Array, ''] | Any
  seed: Int[Array, '*copies'] | Any  # all randomness is a function of (seed, rollbacks, step)
  rollbacks: Int[Array, ''] | Any  # how often the run went back after a failure, to take another path
  variables: Variables | Any
  opt_state: dict[str, Any] | Any  # {'g', 'd'}
  ema: dict[str, Any] | Any  # the average of all of variables['g']; {} without ema_decay


def init_state(
  gan: GAN,
  optimizers: dict[str, optax.GradientTransformation],
  batch: Batch,
  seed: int | jax.Array,
  average: bool,
) -> TrainState:
  """The TrainState before the first step; `batch` gives shapes only, `average` asks for an EMA of G."""
  variables = gan.init(jax.random.key(seed), {**batch, 'step': jnp.int32(0)})
  opt_state = {side: tx.init(variables[side]['params']) for side, tx in optimizers.items()}
  # A copy: donated buffers may not be given twice.
  ema = jax.tree.map(jnp.copy, variables['g']) if average else {}
  return TrainState(jnp.int32(0), jnp.int32(seed), jnp.int32(0), variables, opt_state, ema)


def average(ema: Any, variables: Any, decay: float, step: jax.Array | int) -> Any:
  """The running average; its decay rises to `decay` as (1 + t) / (10 + t), to forget the start sooner.

  Whole numbers and flags, which have no mean, are the newest.
  """
  decay = jnp.minimum(decay, (1 + step) / (10 + step))

  def mean(old, new):
    return old + (1 - decay) * (new - old) if jnp.issubdtype(new.dtype, jnp.inexact) else new

  return jax.tree.map(mean, ema, variables)
