"""Penalties of a discriminator by name: one a file, with `OPTIONS` and `make(options) -> Penalty`.

A file `NAME.py` has the config field `penalty.NAME`, its weight, and `penalty.NAME_OPTION` for each of its
OPTIONS. `penalty.modules` names those of one's own, by dotted paths and commas between them. All share
`penalty.every` (lazily computed, as much stronger), `penalty.decay_start` and `penalty.final_scale`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from gan_jax import errors, regularizers
from gan_jax.configs import sections


class Context(NamedTuple):
  """What a penalty may look at in an update of D."""

  # (images [B, ...], side='real' or 'fake') -> logits [B, ...] of D as it trains: augmented, with conditions
  critic: Callable
  real: Any  # images [B, ...], before augmentation
  fake: Any
  real_outputs: dict  # of D
  fake_outputs: dict
  rng: jax.Array
  step: jax.Array
  # (side) -> the gradient [B, ...] of critic(images, side) by the images of that side, by pulling back the
  # forward pass that the loss has made
  gradient: Callable


class Penalty(NamedTuple):
  """A term of D's loss, before its weight; with state, if it has any, that changes at each update of D."""

  term: Callable  # (context, state) -> []
  init: Callable = dict  # () -> state, a dict of arrays
  update: Callable = lambda context, state: state  # (context, state) -> state


class Penalties:
  """The penalties that `config.penalty` gives a weight, computed together."""

  def __init__(self, options: ConfigDict):
    """Raises UserError for a penalty that does not exist, or a decay out of range."""
    self._options = options
    modules = sections.penalty_modules(options.modules)
    self._penalties = {
      name: module.make(sections.penalty_options(options, name, module))
      for name, module in modules.items()
      if not absent(options[name])
    }
    decay(options, 0.0)

  def init(self) -> dict[str, dict]:
    """{name: state} of those that have state."""
    states = {name: penalty.init() for name, penalty in self._penalties.items()}
    return {name: state for name, state in states.items() if state}

  def __call__(self, context: Context, states: dict[str, dict], progress: jax.Array | float) -> tuple:
    """(their weighted sum [], {name: [] before weighting}, {name: new state}).

    The name of a lazily computed one says so, see regularizers.lazy_name. `progress` is the share of training
    that is done, for the decay of weights.
    """
    every, terms, new = self._options.every, {}, {}
    for name, penalty in self._penalties.items():
      state = states.get(name, {})
      term = lambda penalty=penalty, state=state: penalty.term(context, state)
      terms[name] = regularizers.lazy(every, context.step, term)
      if state:
        new[name] = jax.lax.stop_gradient(penalty.update(context, state))
    scale = decay(self._options, progress)
    told = {regularizers.lazy_name(name, every): term / every for name, term in terms.items()}
    return sum(scale * self._options[name] * term for name, term in terms.items()), told, new


def decay(options: ConfigDict, progress: jax.Array | float) -> jax.Array | float:
  """The share of its weights that a penalty still has: 1, and from `decay_start` on falling to `final_scale`.

  Its logarithm falls linearly. A heavy penalty keeps D smooth while the mass finds its modes, a light one
  lets it see detail. The published code of R3GAN lets gamma fall too, along a cosine: Huang et al. 2024,
  https://arxiv.org/abs/2501.05441. Raises UserError for a fraction or a scale out of range.
  """
  if not isinstance(options.final_scale, jax.core.Tracer):
    if options.final_scale == 1:
      return 1.0
    if options.final_scale <= 0:
      raise errors.UserError(f'penalty.final_scale must be above 0, not {options.final_scale}')
  if not 0 <= options.decay_start < 1:
    raise errors.UserError(f'penalty.decay_start is a fraction in [0, 1), not {options.decay_start}')
  return options.final_scale ** jnp.clip((progress - options.decay_start) / (1 - options.decay_start), 0, 1)


def absent(weight: float | jax.Array) -> bool:
  """Whether a weight is known to be 0 when the step is compiled, so that nothing is computed in vain."""
  return not isinstance(weight, jax.core.Tracer) and not weight
