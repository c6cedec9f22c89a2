"""Batch norm against flax's, in parts and in bfloat16."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from gan_jax.models.layers import norms

IMAGES = 3 + 2 * np.random.default_rng(0).normal(size=(8, 4, 4, 5)).astype(np.float32)


def run(layer, images, variables=None):
  variables = variables or layer.init(jax.random.key(0), images)
  return layer.apply(variables, images, mutable=['batch_stats']), variables


@pytest.mark.parametrize('train', [True, False])
def test_one_group_is_the_batch_norm_of_flax(train):
  theirs = nn.BatchNorm(use_running_average=not train, momentum=0.9)
  _, variables = run(theirs, IMAGES)
  rng = np.random.default_rng(1)
  variables = jax.tree.map(lambda leaf: jnp.asarray(rng.uniform(0.5, 2, leaf.shape), jnp.float32), variables)
  (expected, new), _ = run(theirs, IMAGES, variables)
  (found, mine), _ = run(norms.BatchNorm(train, 0.9), IMAGES, variables)
  np.testing.assert_allclose(found, expected, atol=1e-5)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), mine, new)


def test_groups_are_normalised_apart():
  shifted = np.concatenate([IMAGES[:4], 100 + IMAGES[4:]])
  layer = norms.BatchNorm(True, 0.9, groups=2)
  (found, new), variables = run(layer, shifted)
  alone = [run(norms.BatchNorm(True, 0.9), part, variables)[0] for part in (shifted[:4], shifted[4:])]
  np.testing.assert_allclose(found, np.concatenate([out for out, _ in alone]), atol=2e-3)
  np.testing.assert_allclose(new['batch_stats']['mean'], 0.1 * shifted.mean((0, 1, 2)), rtol=1e-4)


def test_statistics_are_float32_whatever_goes_through():
  many = jnp.full((4096, 2), 1.0, jnp.bfloat16)  # a sum in bfloat16 would stop at 256
  layer = norms.BatchNorm(True, 0.0)
  (found, new), _ = run(layer, many)
  assert found.dtype == jnp.bfloat16
  assert {leaf.dtype for leaf in jax.tree.leaves(new)} == {jnp.dtype('float32')}
  np.testing.assert_allclose(new['batch_stats']['mean'], 1.0, rtol=1e-6)
