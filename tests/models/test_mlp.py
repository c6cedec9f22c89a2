"""The fully connected networks: for images and for vectors, and the Fourier features of their inputs."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import models
from gan_jax.models import mlp

QUICK = {'xla_backend_optimization_level': 0}  # compiling is most of the time that these tests take


def apply(network, *inputs, train):
  """(outputs, variables) of a network with initial weights, in one program."""

  def run():
    variables = network.init(jax.random.key(0), *inputs, train=True)
    return models.run(network, variables, *inputs, train=train)[0], variables

  return jax.jit(run, compiler_options=QUICK)()


def normal(*shape):
  return jnp.asarray(np.random.default_rng(0).normal(size=shape), jnp.float32)


@pytest.mark.parametrize('shape', [(5, 4, 3), (2,)])
def test_mlp_for_images_and_for_vectors(shape):
  images, variables = apply(
    mlp.Generator(image_shape=shape, widths=(6, 7), initializer='normal', init_scale=2.0),
    normal(3, 10),
    train=True,
  )
  assert images.shape == (3, *shape)
  assert 0.5 < np.abs(images).max() <= 1
  assert [variables['params'][f'Dense_{i}']['kernel'].shape[1] for i in range(3)] == [6, 7, math.prod(shape)]
  outputs, _ = apply(mlp.Discriminator(widths=(6, 7)), images, train=True)
  assert jax.tree.map(jnp.shape, outputs) == {'logits': (3,), 'features': (3, 7)}


def test_mlp_without_a_bound_and_without_hidden_layers():
  network = mlp.Generator(
    image_shape=(2,), widths=(), output='identity', initializer='normal', init_scale=10.0
  )
  images, variables = apply(network, normal(3, 4), train=False)
  np.testing.assert_allclose(images, normal(3, 4) @ variables['params']['Dense_0']['kernel'], rtol=1e-4)
  assert np.abs(images).max() > 1


def test_fourier_features_tell_near_points_apart():
  """Their inner product is a kernel exp(-2 (pi * bandwidth * distance)^2), in the limit of many."""
  points = jnp.array([[0.0, 0.0], [0.2, 0.0], [0.0, 0.9]])
  features = np.asarray(mlp.fourier(points, 20_000, bandwidth=0.7))
  np.testing.assert_array_equal(features[:, :2], points)
  kernel = features[:, 2:] @ features[:, 2:].T / 20_000
  distances = np.linalg.norm(points[:, None] - points, axis=-1)
  np.testing.assert_allclose(kernel, np.exp(-2 * (np.pi * 0.7 * distances) ** 2), atol=0.02)
  outputs, _ = apply(mlp.Discriminator(widths=(6,), frequencies=5), points, train=True)
  assert outputs['logits'].shape == (3,)
