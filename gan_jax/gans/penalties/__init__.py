"""Penalties by name: one a file, with `OPTIONS` and `make(options) -> Penalty`.

A file `NAME.py` has the config field `penalty.NAME`, its weight, and `penalty.NAME_OPTION` for each of its
OPTIONS. `penalty.modules` names those of one's own, by dotted paths and commas between them. All share
`penalty.decay_start` and `penalty.final_scale`; those whose `penalty.NAME_every` is 0 share `penalty.every`
(lazily computed, as much stronger).

A penalty is a term of D's loss, or of G's if its module has `SIDE = 'g'`. What depends on G beyond the fakes
of the game, which a loss cannot differentiate, it makes with them: its `play`. See parts/penalized_generator.
"""

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from gan_jax import errors, regularizers
from gan_jax.configs import sections
from gan_jax.configs.traced import absent
from gan_jax.gans.contract import Batch

PLAYED = 'penalties'  # the name, among the fakes and in the batch of D's loss, of what penalties made of G


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
  discriminate: Callable  # (images [B, ...], side) -> outputs of D as it trains, as for its loss
  params: Any  # of D
  played: Any = None  # what the penalty's `play` gave
  pack: int = 1  # images that D looks at at once


class GeneratorContext(NamedTuple):
  """What a penalty of G may look at in an update of G."""

  step: jax.Array
  played: Any  # what the penalty's `play` gave: G learns through it


class Generated(NamedTuple):
  """What a penalty may look at when G has made the fakes of a batch, as it trains."""

  generate: Callable  # (batch) -> the fakes {name: [B, ...]} of another batch, of the same params and rng
  batch: Batch
  fakes: dict
  output: str  # the name of what D is shown, in the fakes
  params: Any  # of G
  rng: jax.Array

  @property
  def latents(self) -> jax.Array:
    """Those that the fakes are made of [B, D]. Raises UserError for a game that draws none."""
    if 'latents' not in self.batch:
      raise errors.UserError('penalties on latents (path_length, zcr) are for games that draw them')
    return self.batch['latents']


class Penalty(NamedTuple):
  """A term of the loss of D or G, before its weight; with state, if it has any, that changes at each update.

  The state of one that plays changes only when it is computed, see penalty.every.
  """

  term: Callable  # (Context or GeneratorContext, state) -> []
  init: Callable = dict  # () -> state, a dict of arrays
  update: Callable = lambda context, state: state  # (context, state) -> state
  play: Callable | None = None  # Generated -> a pytree of float arrays, its part of the fakes


class Penalties:
  """The penalties of one side, 'd' or 'g', that `config.penalty` gives a weight, computed together."""

  def __init__(self, options: ConfigDict, side: str = 'd'):
    """Raises UserError for a penalty that does not exist, or a decay out of range."""
    self._options = options
    modules = sections.penalty_modules(options.modules)
    self._penalties = {
      name: module.make(sections.penalty_options(options, name, module))
      for name, module in modules.items()
      if not absent(options[name]) and getattr(module, 'SIDE', 'd') == side
    }
    decay(options, 0.0)

  def __bool__(self) -> bool:
    """Whether there are any."""
    return bool(self._penalties)

  @property
  def playing(self) -> bool:
    """Whether any needs more of G than the fakes of the game."""
    return any(penalty.play for penalty in self._penalties.values())

  def init(self) -> dict[str, dict]:
    """{name: state} of those that have state."""
    states = {name: penalty.init() for name, penalty in self._penalties.items()}
    return {name: state for name, state in states.items() if state}

  def every(self, name: str) -> int:
    """The steps from one computation of a penalty to the next."""
    return self._options[f'{name}_every'] or self._options.every

  def play(self, generated: Generated) -> dict[str, Any]:
    """{name: what it makes of G} of those that play; zeros at a step at which it is not computed."""

    def lazily(name, play):
      found = lambda: play(generated)
      empty = lambda: jax.tree.map(lambda like: jnp.zeros(like.shape, like.dtype), jax.eval_shape(found))
      return regularizers.when_due(self.every(name), generated.batch['step'], found, empty)

    return {name: lazily(name, penalty.play) for name, penalty in self._penalties.items() if penalty.play}

  def __call__(
    self,
    context: Context | GeneratorContext,
    states: dict[str, dict],
    progress: jax.Array | float,
    played: Mapping[str, Any] = MappingProxyType({}),
  ) -> tuple:
    """(their weighted sum [], {name: [] before weighting}, {name: new state}).

    The name of a lazily computed one says so, see regularizers.lazy_name. `progress` is the share of training
    that is done, for the decay of weights; `played` is what `play` gave.
    """
    every = {name: self.every(name) for name in self._penalties}
    terms, new = {}, {}
    for name, penalty in self._penalties.items():
      given = context._replace(played=played.get(name)), states.get(name, {})
      terms[name] = regularizers.lazy(every[name], context.step, functools.partial(penalty.term, *given))
      if name in states:
        update, interval = functools.partial(penalty.update, *given), every[name] if penalty.play else 1
        state = regularizers.when_due(interval, context.step, update, lambda given=given: given[1])
        new[name] = jax.lax.stop_gradient(state)
    scale = decay(self._options, progress)
    told = {regularizers.lazy_name(name, every[name]): term / every[name] for name, term in terms.items()}
    return sum(scale * self._options[name] * term for name, term in terms.items()), told, new


def progress(config: ConfigDict, step: jax.Array | int) -> jax.Array | float:
  """The share of the decay of penalties that is done at a step."""
  return step / (config.penalty.decay_steps or config.train.num_steps)


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
