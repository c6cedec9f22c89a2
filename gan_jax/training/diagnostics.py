"""What a step tells of the game's health besides its losses; health.py says what follows from it.

The norms and the diversity pass over all weights and images. So they are computed at those steps alone whose
rows have them: the first one, and each that config.log.every divides.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int

from gan_jax.gans.contract import Batch, Images

Step = int | Int[Array, '']
Metrics = dict[str, Float[Array, '']]

FINITE = 'finite'  # begins names that no row has, since nothing is written where they are not true
LOGGED = '@rows'  # ends the names of what is computed at steps that have a row
SMALL = ('_norm', '_ratio')  # end the names of what may be far below 1
LEAST = 1e-12  # what is divided by


def of_update(optimizer: optax.GradientTransformation, grads: Any, opt_state: Any, params: Any) -> Metrics:
  """The norm of the gradient of one player, and that of its next update over that of the params.

  The update is computed anew, to leave the one that is made as it is.
  """
  updates, _ = optimizer.update(grads, opt_state, params)
  sizes = [optax.tree.norm(tree) for tree in (grads, updates, params)]
  return {'grad_norm': sizes[0], 'update_ratio': sizes[1] / jnp.maximum(sizes[2], LEAST)}


def of_fakes(batch: Batch, fakes: Batch, output: str) -> Metrics:
  """The `diversity` of what G made beside that of the real ones; {} where there are no two of both.

  `output` is what a game is about: its name in the fakes and, of the real ones, in the batch. It is 1 where
  two fakes are as far apart, on average, as two real ones, and 0 where G makes one and the same.
  """
  if output not in fakes or output not in batch or min(len(fakes[output]), len(batch[output])) < 2:
    return {}
  return {'diversity': spread(fakes[output]) / jnp.maximum(spread(batch[output]), LEAST)}


def spread(images: Images) -> Float[Array, '']:
  """The mean distance of two, each a neighbour in the batch [B, ...], as root mean square over numbers.

  Neighbours, not all pairs: one pass over the batch, in which each device looks at its own part.
  """
  pairs = jnp.reshape(images[: len(images) // 2 * 2], (len(images) // 2, 2, -1)).astype(jnp.float32)
  return jnp.sqrt(jnp.square(pairs[:, 0] - pairs[:, 1]).mean(-1)).mean()


def gap(metrics: Metrics) -> Metrics:
  """{'logit_gap': D's mean real logit less its mean fake one}; {} of a game whose D tells neither."""
  both = [metrics.get(f'd/{side}_logit') for side in ('real', 'fake')]
  return {} if None in both else {'logit_gap': both[0] - both[1]}


def logged(every: int, step: Step, found: Callable[[], Metrics]) -> Metrics:
  """found(), by names that end in LOGGED, if the step has a row, by config.log.every; else zeros.

  `step`, which may be traced, is how many there were before.
  """
  if every == 1:
    values = found()
  else:
    due = (step == 0) | ((step + 1) % every == 0) if every else step == 0
    zeros = lambda: jax.tree.map(lambda like: jnp.zeros(like.shape, like.dtype), jax.eval_shape(found))
    values = jax.lax.cond(due, found, zeros)
  return {f'{name}{LOGGED}': value for name, value in values.items()}


def watching(large: bool) -> tuple[Callable, Callable]:
  """What looks at one copy's TrainState after each step, and what does after the last one of a program.

  They give {name that begins with FINITE: whether all numbers are}: of networks after each of `large` steps,
  beside which a pass over the weights is small, and otherwise, as of optimizers, after the last one.
  """
  networks = lambda state: {f'{FINITE}_networks': finite(state.variables)}
  optimizers = lambda state: {f'{FINITE}_optimizers': finite(state.opt_state)}
  if large:
    return networks, optimizers
  return lambda state: {}, lambda state: {**networks(state), **optimizers(state)}


def finite(tree: Any) -> Bool[Array, '']:
  """Whether all numbers are: then 0 times each is 0, and NaN otherwise.

  Sums of these take half the time of those of flags. Arrays of one shape, such as moments, take one pass.
  """
  alike = {}
  for array in jax.tree.leaves(tree):
    if jnp.issubdtype(array.dtype, jnp.inexact):
      alike.setdefault(array.shape, []).append(array)
  return jnp.equal(sum(sum(array * 0 for array in arrays).sum() for arrays in alike.values()), 0)
