"""The config fields of optimizers: those of any, and what each of optax's takes besides."""

import functools
import inspect
import re
from collections.abc import Callable

import optax

from gan_jax import errors
from gan_jax.configs.fields import Field, names

SCHEDULES = ('constant', 'linear', 'cosine', 'exponential')
COMMON = {
  'schedule': Field('constant', names(SCHEDULES), 'how the learning rate falls'),
  'warmup_steps': Field(0, '>= 0', 'updates in which the rate rises linearly from 0'),
  'decay_start': Field(
    0.0, '[0, 1)', "share of decay_steps at which the rate begins to fall; 0.5 with linear is CycleGAN's"
  ),
  'decay_steps': Field(0, '>= 0', 'steps of training at whose end it is at its lowest; 0: train.num_steps'),
  'final_scale': Field(0.0, '>= 0', 'the last learning rate over the first'),
  'clip_gradient': Field(0.0, '>= 0', 'largest global norm of the gradient; 0: no limit'),
  'clip_weights': Field(0.0, '>= 0', "params are kept in +- this, as WGAN's critic; 0: no limit"),
}
RANGES = {
  **dict.fromkeys(('b1', 'b2', 'b3', 'decay', 'momentum'), '[0, 1)'),
  **dict.fromkeys(('eps', 'eps_root', 'weight_decay', 'initial_scale'), '>= 0'),
}


def options_of(name: str) -> dict[str, Field]:
  """The fields that a config may set for optax's optimizer `name` besides COMMON, with optax's defaults.

  Only numbers and flags. Raises UserError for an unknown name.
  """
  parameters = inspect.signature(find(name)).parameters.values()
  defaults = {parameter.name: parameter.default for parameter in parameters}
  if 'momentum' in defaults and defaults['momentum'] is None:
    defaults['momentum'] = 0.0  # what optax's None means, but a flag needs a number to override
  about = _meanings(find(name).__doc__ or '')
  return {
    key: Field(value, RANGES.get(key, ''), about.get(key, ''))
    for key, value in defaults.items()
    if type(value) in (bool, int, float)
  }


def find(name: str) -> Callable:
  """The optax optimizer of this name. Raises UserError."""
  if name not in known():
    raise errors.unknown('optimizer of optax', name, known())
  return known()[name]


@functools.cache
def known() -> dict[str, Callable]:
  """{name: function} of optax's public optimizers that take the learning rate, and take it as a schedule."""
  return {
    name: function
    for name, function in inspect.getmembers(optax, inspect.isfunction)
    if not name.startswith(('_', 'scale_by_')) and _takes_schedule(inspect.signature(function))
  }


def _takes_schedule(signature):
  rate = signature.parameters.get('learning_rate')
  return rate and rate.default is rate.empty and rate.annotation == optax.ScalarOrSchedule


def _meanings(doc):
  """{argument: its first sentence} of the 'Args:' in a docstring of optax."""
  part = re.search(r'Args:\n(.*?)(\n\s*\n|\Z)', doc, re.DOTALL)
  found = {}
  for entry in re.split(r'\n(?=    \w+: )', '\n' + part.group(1) if part else ''):
    if match := re.match(r'\s*(\w+): (.*)', entry, re.DOTALL):
      text = ' '.join(match.group(2).split())
      found[match.group(1)] = text.split('. ')[0].rstrip('.')
  return found
