"""Averages of G's variables over training: which a run keeps, how they follow G, and what else they give.

What is kept is one average, by `train.ema_decay` or `train.ema_half_life`; or {name: average}, one for each
of `train.ema_stds`: power functions (Karras et al. 2024, https://arxiv.org/abs/2312.02696, sec. 3), of which
any other is a sum.
"""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from ml_collections import ConfigDict

from gan_jax.configs import lengths
from gan_jax.configs.traced import absent

Step = int | Int[Array, '']
Share = float | Float[Array, '']


def kept(options: ConfigDict) -> bool:
  """Whether config.train asks for an average."""
  return bool(options.ema_stds) or not (absent(options.ema_half_life) and absent(options.ema_decay))


def first(options: ConfigDict, variables: dict) -> dict:
  """What is kept before the first step, of G's variables; {} where nothing is."""
  copied = lambda: jax.tree.map(jnp.copy, variables)  # donated buffers may not be given twice
  if options.ema_stds:
    return {name(std): copied() for std in options.ema_stds}
  return copied() if kept(options) else {}


def follow(options: ConfigDict, ema: dict, variables: dict, step: Step) -> dict:
  """What is kept after a step, `step` of them before it."""
  if options.ema_stds:
    return {
      name(std): mixed(ema[name(std)], variables, power_share(std, step + 1)) for std in options.ema_stds
    }
  return mixed(ema, variables, share(options, step)) if kept(options) else ema


def share(options: ConfigDict, step: Step) -> Share:
  """By how much the average goes to the newest variables: 1 - decay.

  The half life is in images that D has seen, and at most `ema_rampup` of all so far, as StyleGAN2's (Karras
  et al. 2020, https://arxiv.org/abs/1912.04958; in their code). Without one the decay rises to `ema_decay`
  as (1 + t) / (10 + t), to forget the start sooner.
  """
  if absent(options.ema_half_life):
    return 1 - jnp.minimum(options.ema_decay, (1 + step) / (10 + step))
  images, half_life = lengths.images_of_step(options), options.ema_half_life
  if not absent(options.ema_rampup):
    half_life = jnp.minimum(half_life, options.ema_rampup * images * step)
  return -jnp.expm1(-math.log(2) * images / jnp.float32(half_life))  # of 0 this is 1: no average


def power_share(std: float, step: Step) -> Float[Array, '']:
  """1 - decay after `step` steps, from 1: decay = (1 - 1 / step)^(gamma + 1), eq. 127 of the EDM2 paper."""
  return -jnp.expm1((exponent(std) + 1) * jnp.log1p(-1 / jnp.float32(step)))


def mixed(ema: Any, variables: Any, share: Share) -> Any:
  """An average that has gone by `share` to `variables`.

  Whole numbers and flags, which have no mean, are the newest.
  """
  to = lambda old, new: old + share * (new - old) if jnp.issubdtype(new.dtype, jnp.inexact) else new
  return jax.tree.map(to, ema, variables)


def named(ema: dict) -> tuple[str, ...]:
  """The names of what is kept, the narrowest average first; () where it is one without a name."""
  return () if not ema or 'params' in ema else tuple(sorted(ema, key=float))


def usual(ema: dict) -> dict:
  """The average that samples are made of: of several the narrowest."""
  return ema[named(ema)[0]] if named(ema) else ema


def name(std: float) -> str:
  """'0.05'."""
  return f'{std:g}'


def exponent(std: float) -> float:
  """gamma of the average with weights t^gamma whose standard deviation is this share of the training.

  Algorithm 2 of the EDM2 paper; 0 < std < 0.289, which is that of the mean over all steps.
  """
  return float(np.roots([1, 7, 16 - std**-2, 12 - std**-2]).real.max())


def coefficients(
  steps: Sequence[int], stds: Sequence[float], step: int, std: float
) -> tuple[Float[np.ndarray, ' N'], float]:
  """(weights of N kept averages by which their sum is nearest to another one, how far it is from it).

  Average k is of `stds[k]` after `steps[k]` steps, the other one of `std` after `step`. Least squares between
  the functions of time by which they weight, whose inner products have a closed form (app. C.2 and algorithm
  3 of the EDM2 paper); the distance is relative, 0 where the sum is exact.
  """
  products = inner_products([*steps, step], [*stds, std])
  among, with_it, itself = products[:-1, :-1], products[:-1, -1], products[-1, -1]
  weights = np.linalg.lstsq(among, with_it, rcond=1e-13)[0]
  weights /= weights.sum()
  squared = (itself - 2 * weights @ with_it + weights @ among @ weights) / itself
  return weights, math.sqrt(max(squared, 0.0))


def inner_products(steps: Sequence[int], stds: Sequence[float]) -> Float[np.ndarray, 'N N']:
  """Integrals of the products of (gamma + 1) t^gamma / T^(gamma + 1) on [0, T], for each two of N."""
  ends, gammas = np.float64(steps), np.array([exponent(std) for std in stds])
  ratio = ends[:, None] / ends
  power = np.where(ratio < 1, gammas, -gammas[:, None])  # that of the later one
  over = (gammas[:, None] + gammas + 1) * np.maximum(ends[:, None], ends)
  return (gammas[:, None] + 1) * (gammas + 1) * ratio**power / over
