"""One step of adversarial training: what a GAN is, the state of a run, D's update and G's."""

import dataclasses
import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax import struct

from gan_jax import errors
from gan_jax.models import layers


@dataclasses.dataclass(frozen=True)
class GAN:
  """A game as pure functions of pytrees; the trainer never sees a network.

  `batch` is {**data, **drawn, 'step': []}, images in [-1, 1] as [B, H, W, C]. New collections are parts of
  `variables` other than params, such as {'d': {'batch_stats': ...}}.
  """

  init: Callable  # (rng, batch) -> variables {'g': {'params', ...}, 'd': {'params', ...}}
  draw: Callable  # (rng, batch) -> {name: [B, ...]}: latents, target attributes, masks
  generate: Callable  # (variables, batch, rng, train) -> fakes {name: [B, ...]}, new collections
  discriminate: Callable  # (variables, batch, images) -> {'logits': ..., 'features': ...}
  d_loss: Callable | None  # (variables, batch, fakes, rng) -> loss [], (new collections, metrics {name: []})
  g_loss: Callable  # the same; differentiated with respect to `fakes`
  figures: Callable | None = None  # (variables, batch, rng) -> {name: uint8 [H, W, 3]}
  show: Callable | None = None  # (batch, fakes) -> {heading: images [B, H, W, C]}, side by side in grids
  score: Callable | None = None  # (batch, fakes) -> {name: [B]} of the test split; without it a judge scores
  # {name of images in the batch: name of what is made of them in the fakes}; the way back comes second
  translates: dict = dataclasses.field(default_factory=dict)


class TrainState(struct.PyTreeNode):
  """Arrays only: all that resuming needs."""

  step: jax.Array  # int32 []
  seed: jax.Array  # int32 []: all randomness is a function of (seed, rollbacks, step)
  rollbacks: jax.Array  # int32 []: how often the run went back after a failure, to take another path
  variables: dict
  opt_state: dict  # {'g', 'd'}
  ema: dict  # the average of variables['g'], params and batch statistics alike; {} without ema_decay


def init_state(gan, optimizers, batch, seed, average):
  """The TrainState before the first step; `batch` gives shapes only, `average` asks for an EMA of G."""
  variables = gan.init(jax.random.key(seed), {**batch, 'step': jnp.int32(0)})
  opt_state = {side: tx.init(variables[side]['params']) for side, tx in optimizers.items()}
  # A copy: donated buffers may not be given twice.
  ema = jax.tree.map(jnp.copy, variables['g']) if average else {}
  return TrainState(jnp.int32(0), jnp.int32(seed), jnp.int32(0), variables, opt_state, ema)


def make_step(gan, optimizers, options, split=lambda batch: batch):
  """train_step(state, dataset) -> (state, metrics {'d/loss': [], ...}); `options` is config.train.

  `split` spreads a batch over devices: what is drawn as well as the data, else each makes all the images.
  """
  if options.latents not in ('shared', 'fresh'):
    raise errors.unknown('train.latents', options.latents, ('shared', 'fresh'))
  fresh, d_steps = options.latents == 'fresh', max(options.d_steps, 1)
  gan = rematerialised(gan) if options.remat else gan

  def deal(rng, data, step):
    return join(data, split(gan.draw(rng, data)), step)

  def train_step(state, dataset):
    rng = jax.random.fold_in(jax.random.fold_in(jax.random.key(state.seed), state.rollbacks), state.step)
    rngs = jax.random.split(rng, 3 * (d_steps + options.g_steps))
    metrics, played = {}, None
    for i in range(d_steps):
      data = split(dataset.batch(state.seed, state.step * d_steps + i))
      draw_rng, play_rng, loss_rng = rngs[3 * i : 3 * i + 3]
      batch = deal(draw_rng, data, state.step)
      if gan.d_loss:
        played = play(gan, state.variables, batch, play_rng) if options.accumulate == 1 else None
        state, metrics['d'] = update_d(
          gan, state, batch, played, (play_rng, loss_rng), optimizers['d'], options
        )
    for j in range(options.g_steps):
      draw_rng, g_play_rng, loss_rng = rngs[3 * (d_steps + j) :][:3]
      if fresh:
        batch = deal(draw_rng, data, state.step)
      if fresh or j > 0:
        played, play_rng = None, g_play_rng
      state, metrics['g'] = update_g(
        gan, state, batch, played, (play_rng, loss_rng), optimizers['g'], options
      )
    if options.ema_decay:
      state = state.replace(ema=average(state.ema, state.variables['g'], options.ema_decay, state.step))
    flat = {f'{side}/{name}': value for side, terms in metrics.items() for name, value in terms.items()}
    return state.replace(step=state.step + 1), flat

  return train_step


def rematerialised(gan):
  """The GAN, of whose forward passes only what convolutions give is kept for the backward pass.

  Normalisation, activations and the patches of convolutions are computed again: more time, less memory.
  """
  kept = jax.checkpoint_policies.save_only_these_names(layers.CONVOLVED)
  again = functools.partial(jax.checkpoint, policy=kept)

  def generate(variables, batch, rng, train):
    return again(lambda *inputs: gan.generate(*inputs, train=train))(variables, batch, rng)

  d_loss = gan.d_loss and again(gan.d_loss)
  return dataclasses.replace(gan, generate=generate, d_loss=d_loss, g_loss=again(gan.g_loss))


class Play(NamedTuple):
  """What G made of a batch, and the way back from a cotangent of it to the gradient of G's params."""

  fakes: dict
  pullback: Callable
  variables: dict  # after G's forward pass (its running statistics)


def play(gan, variables, batch, rng):
  """G's forward pass on `batch`, once for all that follows: a Play."""

  def generate(params):
    return gan.generate(with_params(variables, 'g', params), batch, rng, train=True)

  fakes, pullback, new = jax.vjp(generate, variables['g']['params'], has_aux=True)
  return Play(fakes, pullback, merge(variables, new))


def update_d(gan, state, batch, played, rngs, tx, options):
  """One optimizer step of D; G's params stay fixed. `played` is the batch's Play, or None to play here."""
  play_rng, loss_rng = rngs

  def gradient(variables, batch):
    now = played or play(gan, variables, batch, play_rng)
    loss = lambda params: gan.d_loss(with_params(now.variables, 'd', params), batch, now.fakes, loss_rng)
    grads, (new, metrics) = jax.grad(loss, has_aux=True)(variables['d']['params'])
    return grads, metrics, merge(now.variables, new)

  return apply_gradients(state, 'd', *accumulated(gradient, state.variables, batch, options.accumulate), tx)


def update_g(gan, state, batch, played, rngs, tx, options):
  """One optimizer step of G against the new D; `played` holds the fakes that D has seen, or is None."""
  play_rng, loss_rng = rngs

  def gradient(variables, batch):
    now = played or play(gan, variables, batch, play_rng)
    variables = {**variables, 'g': now.variables['g']}
    loss = lambda fakes: gan.g_loss(variables, batch, fakes, loss_rng)
    cotangent, (new, metrics) = jax.grad(loss, has_aux=True)(now.fakes)
    (grads,) = now.pullback(cotangent)
    return grads, metrics, merge(variables, new)

  return apply_gradients(state, 'g', *accumulated(gradient, state.variables, batch, options.accumulate), tx)


def accumulated(gradient, variables, batch, count):
  """(gradients, metrics, variables) of a batch taken in `count` parts, one after the other; means of both."""
  if count == 1:
    return gradient(variables, batch)
  # Every count-th example, so that each device has its share of each part.
  cut = lambda value: value.reshape(-1, count, *value.shape[1:]).swapaxes(0, 1)
  shared, parts = {'step': batch['step']}, {k: cut(v) for k, v in batch.items() if k != 'step'}

  def body(variables, part):
    grads, metrics, variables = gradient(variables, {**part, **shared})
    return variables, (grads, metrics)

  variables, stacked = jax.lax.scan(body, variables, parts)
  grads, metrics = jax.tree.map(lambda value: value.mean(0), stacked)
  return grads, metrics, variables


def apply_gradients(state, side, grads, metrics, variables, tx):
  """(state after one optimizer step of `side`, metrics)."""
  params = variables[side]['params']
  updates, opt_state = tx.update(grads, state.opt_state[side], params)
  variables = with_params(variables, side, optax.apply_updates(params, updates))
  return state.replace(variables=variables, opt_state={**state.opt_state, side: opt_state}), metrics


def average(ema, variables, decay, step):
  """The running average; its decay rises to `decay` as (1 + t) / (10 + t), to forget the start sooner."""
  decay = jnp.minimum(decay, (1 + step) / (10 + step))
  return jax.tree.map(lambda old, new: old + (1 - decay) * (new - old), ema, variables)


def join(data, drawn, step):
  """The batch that losses see. Raises ValueError where `drawn` would hide a part of `data`."""
  if set(data) & set(drawn):
    raise ValueError(f'draw() gives what the data has: {sorted(set(data) & set(drawn))}')
  return {**data, **drawn, 'step': step}


def merge(variables, new):
  """Variables with new collections in the place of old ones."""
  return {side: {**collections, **new.get(side, {})} for side, collections in variables.items()}


def with_params(variables, side, params):
  """Variables with other params for one side ('g' or 'd')."""
  return merge(variables, {side: {'params': params}})


def averaged(state):
  """The variables to sample with: G's running average where there is one."""
  return {**state.variables, 'g': state.ema} if state.ema else state.variables
