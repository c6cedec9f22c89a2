"""Spectral norm and equalised learning rate around any layer or network: what is used of the kept weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from gan_jax.gans.contract import merge
from gan_jax.models import dcgan, layers, run

RNG = jax.random.key(0)
LAYERS = {
  'dense': (nn.Dense(5), (4, 7)),
  'convolution': (layers.Conv(5, 3, 2), (2, 6, 5, 3)),
  'transposed': (layers.ConvTranspose(4, 3, 2), (2, 3, 2, 5)),
  'attention': (layers.SelfAttention(), (2, 4, 4, 8)),
}


class Modulated(nn.Module):
  """A layer that is scaled and shifted by a condition."""

  @nn.compact
  def __call__(self, inputs, condition):
    return layers.Modulation()(nn.Dense(3)(inputs), condition)


def normal(*shape):
  return jnp.asarray(np.random.default_rng(0).normal(size=shape), jnp.float32)


def sigma(kernel):
  """The largest singular value of a kernel as a matrix of [inputs, outputs]."""
  return np.linalg.svd(np.asarray(kernel).reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


def kernels(params):
  """{path: kernel} of a tree of params."""
  leaves = jax.tree_util.tree_leaves_with_path(params)
  return {jax.tree_util.keystr(path): leaf for path, leaf in leaves if path[-1].key == 'kernel'}


@pytest.mark.parametrize('name', LAYERS)
def test_spectral_norm_is_that_of_the_svd(name):
  """A layer with weights divided by numpy's largest singular value gives what the wrapped one gives."""
  layer, shape = LAYERS[name]
  inputs, network = normal(*shape), layers.SpectralNorm(layer)
  variables = jax.jit(lambda: network.init(RNG, inputs, train=True))()
  step = jax.jit(lambda variables: run(network, variables, inputs, train=True))
  for _ in range(60):
    found, new = step(variables)
    variables = {**variables, **new}
  own = variables['params']['inside']
  normed = jax.tree_util.tree_map_with_path(
    lambda path, value: value / sigma(value) if path[-1].key == 'kernel' else value, own
  )
  expected = jax.jit(layer.apply)({'params': normed}, inputs)
  np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())
  assert variables['spectral'].keys() == {
    '.'.join(key.strip("'") for key in path[1:-1].split('][')) for path in kernels(own)
  }


def test_spectral_vectors_move_in_training_and_are_frozen_in_evaluation():
  network, images = layers.SpectralNorm(dcgan.Discriminator(width=4, strides=(2, 2), norm=(False,) * 2)), None
  images = normal(3, 6, 5, 2)
  variables = jax.jit(lambda: network.init(RNG, images, train=True))()
  call = jax.jit(lambda variables, train: run(network, variables, images, train=train), static_argnums=1)
  outputs, new = call(variables, False)
  assert new == {}
  again, _ = call(variables, False)
  np.testing.assert_array_equal(outputs['logits'], again['logits'])
  _, new = call(variables, True)
  assert new.keys() == {'spectral'}
  moved = jax.tree.map(lambda a, b: bool((a != b).any()), new['spectral'], variables['spectral'])
  assert [name for name, one in moved.items() if not one] in ([], ['Dense_0.kernel'])  # of one number
  merge({'d': variables}, {'d': new})
  with pytest.raises(ValueError, match='d/spectral is new'):
    merge({'d': {'params': variables['params']}}, {'d': new})


def test_a_network_is_normalised_from_the_first_pass_on():
  """To 10 %, after the power iterations with which it is made, and does not depend on its weights' size."""
  network = layers.SpectralNorm(dcgan.Discriminator(width=8, strides=(2, 2), norm=(False,) * 2))
  images = normal(3, 8, 8, 1)
  variables = jax.jit(lambda: network.init(RNG, images, train=True))()
  estimate = jax.jit(layers.spectral.largest_singular_value)
  found = kernels(variables['params']['inside'])
  for (path, kernel), vector in zip(found.items(), variables['spectral'].values(), strict=True):
    value, _ = estimate(kernel.reshape(-1, kernel.shape[-1]), vector)
    assert 0.9 * sigma(kernel) < value < 1.001 * sigma(kernel), path
  look = jax.jit(lambda params: network.apply({**variables, 'params': params}, images)['logits'])
  ten = jax.tree.map(lambda value: 10 * value, variables['params'])
  np.testing.assert_allclose(look(variables['params']), look(ten), rtol=1e-4)


def test_the_gradient_of_spectral_norm_is_that_of_the_quotient():
  """d(W / sigma) with sigma = u' W v of fixed vectors; of one times W it is 0."""
  matrix = normal(6, 4)
  start = layers.spectral.first_vector(RNG, matrix)

  def quotient(matrix):
    value, _ = layers.spectral.largest_singular_value(matrix, start)
    return matrix / value

  u, _, v = np.linalg.svd(matrix)
  _, slope = jax.jit(lambda d: jax.jvp(quotient, (matrix,), (d,)))(normal(6, 4)[::-1])
  _, along = jax.jit(lambda d: jax.jvp(quotient, (matrix,), (d,)))(matrix)
  np.testing.assert_allclose(along, np.zeros((6, 4)), atol=1e-6)
  change = np.asarray(normal(6, 4)[::-1])
  expected = change / sigma(matrix) - matrix * (u[:, 0] @ change @ v[0]) / sigma(matrix) ** 2
  np.testing.assert_allclose(slope, expected, atol=0.02)


def test_what_is_zero_stays_zero_and_modulation_as_it_is():
  zero = layers.SpectralNorm(nn.Dense(3, kernel_init=nn.initializers.zeros))
  out, _ = jax.jit(lambda: zero.init_with_output(RNG, normal(2, 4), train=True))()
  np.testing.assert_array_equal(out, np.zeros((2, 3)))
  modulated = layers.SpectralNorm(Modulated())
  variables = jax.eval_shape(lambda: modulated.init(RNG, normal(2, 6), normal(2, 5), train=True))
  assert variables['spectral'].keys() == {'Dense_0.kernel'}


def test_equalised_weights_are_of_variance_one_and_used_at_one_over_fan_in():
  layer = nn.Dense(200, bias_init=nn.initializers.constant(3.0))
  inputs, network = normal(4, 100), layers.Equalized(layer, multiplier=0.01)
  out, variables = jax.jit(lambda: network.init_with_output(RNG, inputs))()
  kept = variables['params']['inside']
  assert abs(float(kept['kernel'].std()) * 0.01 - 1) < 0.03
  np.testing.assert_allclose(kept['bias'], np.full(200, 300.0), rtol=1e-5)
  expected = inputs @ (kept['kernel'] * 0.01 / np.sqrt(100)) + 3
  np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)
  plain = jax.jit(layer.init)(RNG, inputs)['params']
  assert jax.tree.map(jnp.shape, plain) == jax.tree.map(jnp.shape, kept)
