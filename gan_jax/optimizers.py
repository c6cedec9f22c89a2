"""Optimizers from a config section: any optax optimizer by name, with a schedule and clipping.

    g_optimizer = dict(name='adam', learning_rate=2e-4, b1=0.5, b2=0.999)

`name` is an optax function that takes a learning rate; besides the fields of COMMON, which suit them all,
the rest are that function's own arguments. Schedules count the updates of this optimizer, from 0.
"""

import functools
import inspect
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array
from ml_collections import ConfigDict

from gan_jax import errors

Options = ConfigDict | Mapping[str, Any]

COMMON = dict(
  schedule='constant',  # a name in SCHEDULES
  warmup_steps=0,  # updates in which the rate rises linearly from 0
  decay_start=0.0,  # fraction of all updates at which the decay begins; 0.5 is CycleGAN's with 'linear'
  final_scale=0.0,  # the last learning rate over the first
  clip_gradient=0.0,  # largest global norm of the gradient; 0 for no limit
  clip_weights=0.0,  # params are kept in +-this, as WGAN's critic; 0 for no limit
)

SCHEDULES = dict(  # (rate, updates that the decay takes, final rate over rate) -> optax schedule
  constant=lambda rate, steps, final_scale: optax.constant_schedule(rate),
  linear=lambda rate, steps, final_scale: optax.linear_schedule(rate, rate * final_scale, steps),
  cosine=lambda rate, steps, final_scale: optax.cosine_decay_schedule(rate, steps, final_scale),
  exponential=lambda rate, steps, final_scale: optax.exponential_decay(
    rate, steps, final_scale, end_value=rate * final_scale
  ),
)


def make(options: Options, num_steps: int) -> optax.GradientTransformation:
  """The transformation that `options` asks for, over `num_steps` updates; its update needs the params.

  The gradient is clipped first, the weights last. Raises UserError for unknown names and bad values.
  """
  optimizer = _find(options['name'])
  arguments = {key: value for key, value in options.items() if key not in ('name', 'learning_rate', *COMMON)}
  known = set(inspect.signature(optimizer).parameters) - {'learning_rate'}
  for key in arguments:
    if key not in known:
      raise errors.unknown(f'argument of optax.{options["name"]}', key, known | set(COMMON))
  common = _common(options)
  return optax.chain(
    optax.clip_by_global_norm(common['clip_gradient']) if common['clip_gradient'] else optax.identity(),
    optimizer(learning_rate(options, num_steps), **arguments),
    clip_weights(common['clip_weights']) if common['clip_weights'] else optax.identity(),
  )


def learning_rate(options: Options, num_steps: int) -> optax.Schedule:
  """The learning rate as a function of the number of updates made, which may be traced.

  It rises from 0 for `warmup_steps`, holds until `decay_start` * num_steps, then takes the schedule's way to
  `final_scale` of itself at num_steps, and stays there.
  """
  common = _common(options)
  rate, warmup = common['learning_rate'], common['warmup_steps']
  hold_until = max(warmup, round(common['decay_start'] * num_steps))
  decay_steps = max(num_steps - hold_until, 1)  # a run cut short in its warm-up has none
  decay = SCHEDULES[common['schedule']](rate, decay_steps, common['final_scale'])
  parts = [optax.linear_schedule(0, rate, max(warmup, 1)), optax.constant_schedule(rate), decay]
  return optax.join_schedules(parts, [warmup, hold_until])


def options_of(name: str) -> dict[str, bool | int | float]:
  """The fields that a config may set for this optimizer besides COMMON, with optax's defaults.

  Only numbers and flags. Raises UserError for an unknown name.
  """
  parameters = inspect.signature(_find(name)).parameters.values()
  defaults = {parameter.name: parameter.default for parameter in parameters}
  if 'momentum' in defaults and defaults['momentum'] is None:
    defaults['momentum'] = 0.0  # what optax's None means, but a flag needs a number to override
  return {key: value for key, value in defaults.items() if type(value) in (bool, int, float)}


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
  common = {**COMMON, **options}
  if common['schedule'] not in SCHEDULES:
    raise errors.unknown('schedule', common['schedule'], SCHEDULES)
  if not 0 <= common['decay_start'] < 1:
    raise errors.UserError(f'decay_start is a fraction of training in [0, 1), not {common["decay_start"]}')
  for key in ('warmup_steps', 'final_scale', 'clip_gradient', 'clip_weights'):
    if common[key] < 0:
      raise errors.UserError(f'{key} cannot be negative: {common[key]}')
  if common['schedule'] == 'exponential' and not common['final_scale']:
    raise errors.UserError('an exponential schedule never reaches 0: set final_scale, to 0.01 say')
  return common


def _find(name):
  """The optax optimizer of this name."""
  known = _optimizers()
  if name not in known:
    raise errors.unknown('optimizer of optax', name, known)
  return known[name]


@functools.cache
def _optimizers():
  """{name: function} of optax's public optimizers that take the learning rate, and take it as a schedule."""
  return {
    name: function
    for name, function in inspect.getmembers(optax, inspect.isfunction)
    if not name.startswith(('_', 'scale_by_')) and _takes_schedule(inspect.signature(function))
  }


def _takes_schedule(signature):
  rate = signature.parameters.get('learning_rate')
  return rate and rate.default is rate.empty and rate.annotation == optax.ScalarOrSchedule
