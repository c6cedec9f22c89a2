"""Better samples from the same generator, by a discriminator that says which to keep.

Discriminator rejection sampling: Azadi et al. 2019, https://arxiv.org/abs/1810.06758. The discriminator is
one of its own, trained here to tell the finished G's points from real ones: only where it is at its optimum
is its logit log(p / p_g), and that of a run follows a moving G, under another loss.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from gan_jax import losses
from gan_jax.data.dataset import Dataset
from gan_jax.gans.contract import Variables, averaged
from gan_jax.models import mlp
from gan_jax.views.points.scatter import fakes

Points = Float[Array, 'N dim']
Logits = Float[Array, ' N']
STEPS, BATCH, RATE = 1_000, 256, 2e-3
NETWORK = dict(widths=(128, 128, 128), activation='leaky_relu', frequencies=64, bandwidth=1.0)
QUANTILE = 0.9  # of the ratios: those beyond are surely kept, else a few outliers would reject all others


def judge(experiment: Any, state: Any, dataset: Dataset, seed: int = 0) -> Callable[[Points], Logits]:
  """points -> log(p / p_g), in the network's units: a network trained on both."""
  params = train(experiment, averaged(state), dataset, jax.random.key(seed))
  return functools.partial(logits, params)


@jax.jit
def logits(params: dict, points: Points) -> Logits:
  """The network's logits of points."""
  return mlp.Discriminator(**NETWORK).apply(params, points)['logits']


@functools.partial(jax.jit, static_argnums=0)
def train(experiment: Any, variables: Variables, dataset: Dataset, rng: PRNGKeyArray) -> dict:
  """The network's params after STEPS steps."""
  optimizer = optax.adam(optax.cosine_decay_schedule(RATE, STEPS), b1=0.9, b2=0.99)

  def body(carry, now):
    params, slots = carry
    real_rng, fake_rng = jax.random.split(jax.random.fold_in(rng, now))
    real, fake = some_real(dataset, real_rng), fakes(experiment, variables, fake_rng, BATCH)

    loss = lambda params: losses.non_saturating.discriminator(logits(params, real), logits(params, fake))
    updates, slots = optimizer.update(jax.grad(loss)(params), slots)
    return (optax.apply_updates(params, updates), slots), None

  params = mlp.Discriminator(**NETWORK).init(rng, jnp.zeros((1, *experiment.spec.shape('image'))))
  return jax.lax.scan(body, (params, optimizer.init(params)), jnp.arange(STEPS))[0][0]


def some_real(dataset: Dataset, rng: PRNGKeyArray) -> Points:
  """A batch of real points that no training step has drawn in this order."""
  return dataset.gather(jax.random.randint(rng, (BATCH,), 0, dataset.size))['image']


@functools.partial(jax.jit, static_argnums=(0, 3))  # and so compiled once for alike copies
def draw(experiment: Any, variables: Variables, rng: PRNGKeyArray, count: int) -> Float[Array, '{count} dim']:
  """Generated points, in the network's units."""
  return fakes(experiment, variables, rng, count)


def sample(
  experiment: Any,
  state: Any,
  log_ratio: Callable[[Points], Logits],
  count: int,
  seed: int = 4,
  rounds: int = 20,
) -> tuple[Points, float]:
  """(at most `count` points in the network's units, the share that was kept).

  A point is kept with probability min(1, (p / p_g) / M), M being the QUANTILE of the ratios: eq. 3.
  """
  kept, drawn, bound = [], 0, None
  for rng in jax.random.split(jax.random.key(seed), rounds):
    points_rng, coins_rng = jax.random.split(rng)
    points = draw(experiment, averaged(state), points_rng, count)
    ratios, coins = log_ratio(points), jnp.log(jax.random.uniform(coins_rng, (count,)))
    bound = jnp.quantile(ratios, QUANTILE) if bound is None else bound
    kept.append(points[coins <= ratios - bound])
    drawn += count
    if sum(map(len, kept)) >= count:
      break
  points = jnp.concatenate(kept)
  return points[:count], len(points) / drawn
