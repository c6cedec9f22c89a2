"""Optimizers from a config section: any optax optimizer by name, with a schedule and clipping.

    g_optimizer = dict(name='adam', learning_rate=2e-4, b1=0.5, b2=0.999)

`name` is an optax function that takes a learning rate; besides the fields of optax_fields.COMMON, which suit
them all, the rest are that function's own arguments. Schedules count the updates of this optimizer, from 0.
"""

import inspect
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import fields, optax_fields
from gan_jax.configs.optax_fields import COMMON

Options = ConfigDict | Mapping[str, Any]

SCHEDULES = dict(  # (rate, updates that the decay takes, final rate over rate) -> optax schedule
  constant=lambda rate, steps, final_scale: optax.constant_schedule(rate),
  linear=lambda rate, steps, final_scale: optax.linear_schedule(rate, rate * final_scale, steps),
  cosine=lambda rate, steps, final_scale: optax.cosine_decay_schedule(rate, steps, final_scale),
  exponential=lambda rate, steps, final_scale: optax.exponential_decay(
    rate, steps, final_scale, end_value=rate * final_scale
  ),
)


def make(options: Options, num_steps: int, updates: int = 1) -> optax.GradientTransformation:
  """The transformation that `options` asks for, of `updates` in each of `num_steps`; it needs the params.

  The gradient is clipped first, the weights last. Raises UserError for unknown names and bad values.
  """
  optimizer = optax_fields.find(options['name'])
  arguments = {key: value for key, value in options.items() if key not in ('name', 'learning_rate', *COMMON)}
  known = set(inspect.signature(optimizer).parameters) - {'learning_rate'}
  for key in arguments:
    if key not in known:
      raise errors.unknown(f'argument of optax.{options["name"]}', key, known | set(COMMON))
  common = _common(options)
  return optax.chain(
    optax.clip_by_global_norm(common['clip_gradient']) if common['clip_gradient'] else optax.identity(),
    optimizer(learning_rate(options, num_steps, updates), **arguments),
    clip_weights(common['clip_weights']) if common['clip_weights'] else optax.identity(),
  )


def learning_rate(options: Options, num_steps: int, updates: int = 1) -> optax.Schedule:
  """The learning rate as a function of the number of updates made, which may be traced.

  It rises from 0 for `warmup_steps` updates and holds until `decay_start` of the steps; then it takes the
  schedule's way to `final_scale` of itself after `decay_steps` (0: num_steps) steps, and stays there.
  """
  common = _common(options)
  rate, warmup = common['learning_rate'], common['warmup_steps']
  end = (common['decay_steps'] or num_steps) * updates
  hold_until = max(warmup, round(common['decay_start'] * end))
  decay_steps = max(end - hold_until, 1)  # a run cut short in its warm-up has none
  decay = SCHEDULES[common['schedule']](rate, decay_steps, common['final_scale'])
  parts = [optax.linear_schedule(0, rate, max(warmup, 1)), optax.constant_schedule(rate), decay]
  return optax.join_schedules(parts, [warmup, hold_until])


def clip_weights(limit: float | Array) -> optax.GradientTransformation:
  """Updates after which every param lies in [-limit, limit], exactly; goes last in a chain.

  The weight clipping of Arjovsky et al. 2017, alg. 1: https://arxiv.org/abs/1701.07875 (limit 0.01 there).
  """

  def clip(update, param):
    # (bound - param) + param rounds: the bound is kept a few rounding errors inside of the limit
    slack = 2 * jnp.finfo(param.dtype).eps * (jnp.abs(param) + limit)
    bound = jnp.maximum(limit - slack, 0)
    return jnp.clip(param + update, -bound, bound) - param

  def update(updates, state, params=None):
    if params is None:
      raise ValueError('weight clipping needs the params: call update(gradients, state, params)')
    return jax.tree.map(clip, updates, params), state

  return optax.GradientTransformation(lambda params: optax.EmptyState(), update)


def _common(options):
  """The options, with those of COMMON that they lack; raises UserError for values out of range."""
  common = {**fields.defaults(COMMON), **options}
  for key, field in COMMON.items():
    fields.check(key, common[key], field)
  if common['schedule'] == 'exponential' and not common['final_scale']:
    raise errors.UserError('an exponential schedule never reaches 0: set final_scale, to 0.01 say')
  return common
