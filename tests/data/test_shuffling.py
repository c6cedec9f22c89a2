"""Orders of epochs: permutations, all different, each example as often at each place."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax.data.decoding import shuffling


@functools.cache
def orders(size, seeds=(0, 1, 7), epochs=4):
  """[seeds, epochs, size]: the examples in the order of whole epochs."""
  one = lambda seed, epoch: shuffling.indices(seed, epoch, size, size)
  both = jax.vmap(jax.vmap(one, (None, 0)), (0, None))
  return np.asarray(jax.jit(both)(jnp.array(seeds), jnp.arange(epochs)))


@pytest.mark.parametrize('size', [1, 2, 3, 5, 16, 17, 64, 65, 1500])
def test_every_epoch_is_a_permutation(size):
  assert (np.sort(orders(size)) == np.arange(size)).all()


@pytest.mark.parametrize('size', [16, 17, 64, 65, 1500])
def test_orders_differ_between_epochs_and_seeds(size):
  """As orders drawn independently do: they agree at one place on average, and are not correlated."""
  different = orders(size).reshape(-1, size)
  for i, one in enumerate(different):
    for other in (np.arange(size), *different[:i]):
      assert (one == other).sum() <= 7  # more come once in 100,000
      assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(size)


@pytest.mark.parametrize('size', [2, 3, 5, 16])
def test_every_example_comes_as_often_at_every_place(size):
  many = orders(size, seeds=(3,), epochs=2000)[0]
  counts = np.array([np.bincount(many[:, place], minlength=size) for place in range(size)])
  deviation = np.sqrt(2000 / size * (1 - 1 / size))
  assert np.abs(counts - 2000 / size).max() < 5 * deviation


def test_batches_straddle_epochs_and_miss_nothing():
  indices = jax.jit(jax.vmap(lambda index: shuffling.indices(5, index, 4, 10)))(jnp.arange(20)).reshape(
    -1, 10
  )
  assert (np.sort(indices) == np.arange(10)).all()
  assert len({tuple(epoch) for epoch in indices.tolist()}) == 8


def test_large_sets():
  size = 3_000_000
  indices = np.asarray(jax.jit(lambda index: shuffling.indices(0, index, 4096, size))(700))
  assert len(set(indices.tolist())) == 4096
  assert indices.min() >= 0
  assert indices.max() < size
  assert abs(indices.mean() / size - 0.5) < 5 / np.sqrt(12 * 4096)
