"""A pool of past fakes, for a discriminator that must not forget them.

Shrivastava et al. 2017, sec. 2.3, https://arxiv.org/abs/1612.07828, as CycleGAN has it: while the pool fills,
what comes is kept and given on; later each image is, by the toss of a coin, given on or exchanged for one
of the pool.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

Pool = dict[str, Array]  # {'images' [count, ...], 'filled' []}


def init(count: int, shape: tuple[int, ...]) -> Pool:
  """An empty pool of `count` images of `shape`: {'images' [count, ...], 'filled' []}."""
  return {'images': jnp.zeros((count, *shape)), 'filled': jnp.int32(0)}


def exchange(
  pool: Pool, images: Float[Array, ' B *shape'], rng: PRNGKeyArray
) -> tuple[Float[Array, ' B *shape'], Pool]:
  """(images that D is to see, the pool after them)."""
  count = len(pool['images'])

  def one(pool, given):
    image, rng = given
    coin_rng, place_rng = jax.random.split(rng)
    filling = pool['filled'] < count
    swap = ~filling & jax.random.bernoulli(coin_rng)
    place = jnp.where(filling, pool['filled'], jax.random.randint(place_rng, (), 0, count))
    old = pool['images'][place]
    stored = pool['images'].at[place].set(jnp.where(filling | swap, image, old))
    return {'images': stored, 'filled': jnp.minimum(pool['filled'] + 1, count)}, jnp.where(swap, old, image)

  images = jax.lax.stop_gradient(images)
  pool, seen = jax.lax.scan(one, pool, (images, jax.random.split(rng, len(images))))
  return seen, pool
