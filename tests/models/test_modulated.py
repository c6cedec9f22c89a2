"""Modulated convolutions beside kernels of single examples, and the filters around strided ones."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax.models import layers
from gan_jax.models.layers import modulated

RNG = jax.random.key(0)
DIMENSIONS = ('NHWC', 'HWIO', 'NHWC')


def normal(*shape, seed=0):
  return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def by_kernels_of_each(params, maps, style, demodulate):
  """Eq. 1 and 3 as they stand: a kernel, and a convolution, for each example."""
  scales = style @ params['affine']['kernel'] + params['affine']['bias']
  found = []
  for one, scale in zip(maps, scales, strict=True):
    kernel = params['kernel'] * scale[:, None]
    if demodulate:
      kernel /= jnp.sqrt((kernel**2).sum((0, 1, 2)) + 1e-8)
    found.append(
      jax.lax.conv_general_dilated(one[None], kernel, (1, 1), 'SAME', dimension_numbers=DIMENSIONS)
    )
  return jnp.concatenate(found)


@pytest.mark.parametrize('demodulate', [True, False])
def test_one_kernel_gives_what_those_of_each_example_give(demodulate):
  """And its gradients, by weights, maps and styles."""
  layer = layers.ModulatedConv(4, demodulate=demodulate)
  maps, style, toward = normal(2, 4, 5, 3), normal(2, 6, seed=1), normal(2, 4, 5, 4, seed=2)
  params = layer.init(RNG, maps, style)['params']
  own = lambda *inputs: layer.apply({'params': inputs[0]}, *inputs[1:])
  other = lambda *inputs: by_kernels_of_each(*inputs, demodulate)

  @jax.jit
  def both(*inputs):
    value = lambda function: lambda *inputs: (function(*inputs) * toward).sum()
    return [(function(*inputs), jax.grad(value(function), (0, 1, 2))(*inputs)) for function in (own, other)]

  found, expected = both(params, maps, style)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4), found, expected)


def test_demodulated_outputs_have_unit_variance_whatever_the_style():
  layer, maps, style = layers.ModulatedConv(64), normal(3, 8, 8, 32), 30 * normal(3, 4, seed=1)
  params = layer.init(RNG, maps, style)['params']
  found = layer.apply({'params': params}, maps, style)[:, 1:-1, 1:-1]
  np.testing.assert_allclose(found.std((1, 2, 3)), 1, atol=0.1)


def test_scales_begin_near_one():
  layer, style = layers.ModulatedConv(4), normal(2, 6)
  params = layer.init(RNG, normal(2, 3, 3, 5), style)['params']
  np.testing.assert_array_equal(params['affine']['bias'], 1)


@pytest.mark.parametrize('size', [(8, 10), (7, 9)])
def test_enlarged_maps_are_those_of_a_convolution_of_filtered_ones(size):
  """Inside; at the border zeros meet the filter after the convolution."""
  maps, kernel = normal(2, 4, 5, 3), normal(3, 3, 3, 4, seed=1)
  large = layers.filter_up(maps, size)
  turned = kernel[::-1, ::-1]
  expected = jax.lax.conv_general_dilated(large, turned, (1, 1), 'SAME', dimension_numbers=DIMENSIONS)
  found = modulated.enlarged(maps, kernel, size)
  assert found.shape == (2, *size, 4)
  np.testing.assert_allclose(found[:, 2:-2, 2:-2], expected[:, 2:-2, 2:-2], atol=1e-5)


def test_enlarging_treats_both_ends_alike():
  maps, kernel = normal(1, 3, 4, 2), normal(3, 3, 2, 2, seed=1)
  turned = modulated.enlarged(maps[:, ::-1, ::-1], kernel[::-1, ::-1], (6, 8))
  np.testing.assert_allclose(turned[:, ::-1, ::-1], modulated.enlarged(maps, kernel, (6, 8)), atol=1e-5)


@pytest.mark.parametrize('pads', [((1, 1), (1, 1)), ((2, 3), (0, 2))])
def test_the_filter_is_that_of_its_kernel(pads):
  maps, taps = normal(2, 4, 5, 3), np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64
  kernel = jnp.asarray(taps[:, :, None, None] * np.eye(3), jnp.float32)
  expected = jax.lax.conv_general_dilated(maps, kernel, (1, 1), pads, dimension_numbers=DIMENSIONS)
  np.testing.assert_allclose(layers.filtered(maps, *pads), expected, atol=1e-6)


def test_every_second_place_of_the_filter_is_what_makes_maps_smaller():
  maps = normal(1, 5, 6, 2)
  found = layers.filtered(maps, (1, 2), (1, 1))[:, ::2, ::2]
  np.testing.assert_allclose(found, layers.filter_down(maps), atol=1e-6)
