"""One step of adversarial training: updates of D, each on a batch of its own, then updates of G."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.gans import averages
from gan_jax.gans.contract import GAN, Batch, Variables, join, merge, with_params
from gan_jax.gans.parts.rematerialised import rematerialised
from gan_jax.training import diagnostics
from gan_jax.training.shared import shared
from gan_jax.training.state import TrainState

LATENTS = ('shared', 'fresh')


@dataclasses.dataclass(frozen=True)
class Game:
  """What a step needs besides the state and the data."""

  gan: GAN
  optimizers: dict[str, optax.GradientTransformation]  # {'g', 'd'?}
  options: ConfigDict  # config.train
  # Spreads a batch over devices: what is drawn as well as the data, else each makes all the images.
  split: Callable[[Batch], Batch] = lambda batch: batch
  log_every: int = 1  # config.log.every: of the steps that have a row more is told, see diagnostics.py


class Keys(NamedTuple):
  """The randomness of one update."""

  draw: jax.Array  # what G needs besides the data
  play: jax.Array  # G's forward pass
  loss: jax.Array


class Round(NamedTuple):
  """A batch that has been played: what G's update may use of D's."""

  data: Batch  # without what was drawn
  batch: Batch
  key: jax.Array  # of G's forward pass
  play: 'Play | None'  # that pass, or None where it has to be made again


class Play(NamedTuple):
  """What G made of a batch, and the way back from a cotangent of it to the gradient of G's params."""

  fakes: dict[str, Any]
  pullback: Callable
  variables: Variables  # after G's forward pass (its running statistics)


def make_step(game: Game) -> Callable:
  """train_step(state, dataset) -> (state, metrics {'d/loss': [], ...}): a pure function of both.

  The metrics are those of the losses, and those of diagnostics.py.

  Raises UserError for an unknown config.train.latents.
  """
  options = game.options
  if options.latents not in LATENTS:
    raise errors.unknown('train.latents', options.latents, LATENTS)
  if options.remat:
    game = dataclasses.replace(game, gan=rematerialised(game.gan))

  def train_step(state, dataset):
    d_keys, g_keys = keys(state, options.d_steps, options.g_steps)
    state, d_metrics, last = d_phase(game, state, dataset, d_keys)
    state, g_metrics = g_phase(game, state, last, g_keys)
    state = state.replace(ema=averages.follow(options, state.ema, state.variables['g'], state.step))
    metrics = {**prefixed('d', d_metrics), **prefixed('g', g_metrics)}
    return state.replace(step=state.step + 1), {**metrics, **diagnostics.gap(metrics)}

  return train_step


def keys(state: TrainState, d_steps: int, g_steps: int) -> tuple[list[Keys], list[Keys]]:
  """The randomness of a step's updates of D and of G: a function of the seed, the rollbacks and the step."""
  rng = jax.random.fold_in(jax.random.fold_in(jax.random.key(state.seed), state.rollbacks), state.step)
  every = jax.random.split(rng, 3 * (d_steps + g_steps))
  found = [Keys(*every[i : i + 3]) for i in range(0, len(every), 3)]
  return found[:d_steps], found[d_steps:]


def d_phase(game: Game, state: TrainState, dataset: Any, every: list[Keys]) -> tuple[TrainState, dict, Round]:
  """(state, metrics, the last Round) after an update of D for each of the keys, on a real batch of its own.

  A game without D has its batches all the same.
  """
  metrics = {}
  for i, key in enumerate(every):
    data = game.split(dataset.batch(state.seed, state.step * len(every) + i))
    batch = deal(game, key.draw, data, state.step)
    played = None
    if game.gan.d_loss:
      played = play(game.gan, state.variables, batch, key.play) if game.options.accumulate == 1 else None
      state, metrics = update_d(game, state, Round(data, batch, key.play, played), key.loss)
  return state, metrics, Round(data, batch, key.play, played)


def g_phase(game: Game, state: TrainState, last: Round, every: list[Keys]) -> tuple[TrainState, dict]:
  """(state, metrics) after an update of G for each of the keys, on the last real batch.

  The first one learns from the very fakes that D has just seen, unless config.train.latents is 'fresh'.
  """
  fresh = game.options.latents == 'fresh'
  for j, key in enumerate(every):
    if fresh:
      last = Round(last.data, deal(game, key.draw, last.data, state.step), key.play, None)
    elif j > 0:
      last = last._replace(key=key.play, play=None)
    state, metrics = update_g(game, state, last, key.loss)
  return state, metrics


def deal(game: Game, rng: jax.Array, data: Batch, step: jax.Array) -> Batch:
  """The batch of these data and of what G needs besides."""
  return join(data, game.split(game.gan.draw(rng, data)), step)


def play(gan: GAN, variables: Variables, batch: Batch, rng: jax.Array) -> Play:
  """G's forward pass on `batch`, once for all that follows."""

  def generate(params):
    return gan.generate(with_params(variables, 'g', params), batch, rng, train=True)

  fakes, pullback, new = jax.vjp(generate, variables['g']['params'], has_aux=True)
  for path, fake in jax.tree_util.tree_leaves_with_path(fakes):
    if not jnp.issubdtype(fake.dtype, jnp.inexact):
      name = jax.tree_util.keystr(path, simple=True, separator='/')
      raise ValueError(f'fakes/{name} is {fake.dtype}, which has no gradient: give probabilities instead')
  return Play(fakes, pullback, merge(variables, new))


def update_d(game: Game, state: TrainState, now: Round, rng: jax.Array) -> tuple[TrainState, dict]:
  """One optimizer step of D; G's params stay fixed."""

  def gradient(variables, batch, k=None):
    played = now.play or play(game.gan, variables, batch, apart(now.key, k))
    loss = lambda params: game.gan.d_loss(
      with_params(played.variables, 'd', params), batch, played.fakes, apart(rng, k)
    )
    (value, (new, metrics)), grads = jax.value_and_grad(shared(loss), has_aux=True)(variables['d']['params'])
    return grads, {'loss': value, **metrics}, merge(played.variables, new)

  return apply_gradients(game, state, 'd', *accumulated(game, gradient, state.variables, now.batch))


def update_g(game: Game, state: TrainState, now: Round, rng: jax.Array) -> tuple[TrainState, dict]:
  """One optimizer step of G against the new D."""

  def gradient(variables, batch, k=None):
    played = now.play or play(game.gan, variables, batch, apart(now.key, k))
    variables = {**variables, 'g': played.variables['g']}
    loss = lambda fakes: game.gan.g_loss(variables, batch, fakes, apart(rng, k))
    (value, (new, metrics)), cotangent = jax.value_and_grad(loss, has_aux=True)(played.fakes)
    (grads,) = played.pullback(cotangent)
    told = lambda: diagnostics.of_fakes(batch, played.fakes, game.gan.presentation.output)
    metrics = {'loss': value, **metrics, **diagnostics.logged(game.log_every, batch['step'], told)}
    return grads, metrics, merge(variables, new)

  return apply_gradients(game, state, 'g', *accumulated(game, gradient, state.variables, now.batch))


def apart(rng: jax.Array, k: jax.Array | None) -> jax.Array:
  """The key of the k-th part of a batch; of None, a batch as a whole, the key itself."""
  return rng if k is None else jax.random.fold_in(rng, k)


def accumulated(game: Game, gradient: Callable, variables: Variables, batch: Batch) -> tuple:
  """(gradients, metrics, variables) of a batch in `accumulate` parts, one by one; means of the first two."""
  count = game.options.accumulate
  if count == 1:
    return gradient(variables, batch)
  # Every count-th example, so that each device has its share of each part.
  cut = lambda value: value.reshape(-1, count, *value.shape[1:]).swapaxes(0, 1)
  shared, parts = {'step': batch['step']}, {k: cut(v) for k, v in batch.items() if k != 'step'}

  def body(variables, numbered):
    k, part = numbered
    grads, metrics, variables = gradient(variables, {**part, **shared}, k)
    return variables, (grads, metrics)

  variables, stacked = jax.lax.scan(body, variables, (jnp.arange(count), parts))
  grads, metrics = jax.tree.map(lambda value: value.mean(0), stacked)
  return grads, metrics, variables


def apply_gradients(
  game: Game, state: TrainState, side: str, grads: Any, metrics: dict, variables: Variables
) -> tuple[TrainState, dict]:
  """(state after one optimizer step of `side`, metrics)."""
  params, optimizer, before = variables[side]['params'], game.optimizers[side], state.opt_state[side]
  told = lambda: diagnostics.of_update(optimizer, grads, before, params)
  metrics = {**metrics, **diagnostics.logged(game.log_every, state.step, told)}
  updates, opt_state = optimizer.update(grads, before, params)
  variables = with_params(variables, side, optax.apply_updates(params, updates))
  return state.replace(variables=variables, opt_state={**state.opt_state, side: opt_state}), metrics


def prefixed(side: str, metrics: dict) -> dict:
  """{'d/loss': [], ...}."""
  return {f'{side}/{name}': value for name, value in metrics.items()}
