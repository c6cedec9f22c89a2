"""Layers that look at maps: attention, deviation in a minibatch, packs, and maps of other sizes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import errors
from gan_jax.models import dcgan, layers, mlp
from gan_jax.models.convolution import grouped, operations
from gan_jax.models.layers.attention import largest_of_four

RNG = jax.random.key(0)


def normal(*shape, seed=0):
  return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def test_attention_is_the_identity_at_first_then_that_of_the_formula():
  layer, maps = layers.SelfAttention(), normal(2, 4, 6, 16)
  out, variables = jax.jit(lambda: layer.init_with_output(RNG, maps))()
  np.testing.assert_array_equal(out, maps)
  params = {**variables['params'], 'gamma': jnp.float32(0.5)}
  queries, keys, values, last = (np.asarray(params[f'Dense_{k}']['kernel'], np.float64) for k in range(4))
  flat = np.asarray(maps, np.float64).reshape(2, 24, 16)
  pooled = lambda x: x.reshape(2, 2, 2, 3, 2, -1).max((2, 4)).reshape(2, 6, -1)
  scores = flat @ queries @ pooled(flat @ keys).swapaxes(1, 2)
  weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
  expected = flat + 0.5 * (weights @ pooled(flat @ values) @ last)
  found = jax.jit(layer.apply)({'params': params}, maps)
  np.testing.assert_allclose(found, expected.reshape(maps.shape), rtol=1e-4, atol=1e-5)


def test_attention_looks_at_odd_and_single_rows():
  assert largest_of_four(normal(2, 5, 1, 3)).shape == (2, 2, 1, 3)
  layer, maps = layers.SelfAttention(dtype='bfloat16'), normal(2, 5, 1, 3).astype(jnp.bfloat16)
  out = jax.eval_shape(lambda: layer.init_with_output(RNG, maps)[0])
  assert (out.shape, out.dtype) == ((2, 5, 1, 3), jnp.bfloat16)


def test_minibatch_deviation_by_hand():
  """Two groups of two neighbours: the mean of |difference| / 2 over places and channels."""
  maps = normal(4, 2, 3, 5)
  found = jax.jit(layers.minibatch_deviation, static_argnums=1)(maps, 2)
  np.testing.assert_array_equal(found[..., :5], maps)
  for group in ((0, 1), (2, 3)):
    expected = np.abs(maps[group[0]] - maps[group[1]]).mean() / 2
    np.testing.assert_allclose(found[np.array(group), ..., 5], np.full((2, 2, 3), expected), rtol=1e-5)


@pytest.mark.parametrize(('count', 'group', 'size'), [(6, 4, 2), (1, 4, 1), (8, 16, 8), (3, 2, 1)])
def test_groups_are_as_large_as_divides_the_batch(count, group, size):
  vectors = normal(count, 7)
  found = layers.minibatch_deviation(vectors, group)[:, 7]
  parts = np.asarray(vectors).reshape(-1, size, 7)
  np.testing.assert_allclose(found, np.repeat(parts.std(1).mean(1), size), atol=2e-4)


def test_alike_images_have_no_deviation_and_a_finite_gradient():
  same = jnp.ones((4, 3, 3, 2))
  value = jax.jit(lambda maps: layers.minibatch_deviation(maps, 4)[..., -1].sum())
  assert value(same) < 0.01
  assert jnp.isfinite(jax.jit(jax.grad(value))(same)).all()


def test_packs_are_neighbours_side_by_side_in_channels():
  """What is said of a pack is what the network says of images with twice the channels."""
  inside = dcgan.Discriminator(width=4, strides=(2,), norm=(False,))
  network, images = layers.Packed(inside, 2), normal(6, 4, 5, 3)
  outputs, variables = jax.jit(lambda: network.init_with_output(RNG, images))()
  packs = jnp.concatenate([images[0::2], images[1::2]], -1)
  expected = jax.jit(inside.apply)({'params': variables['params']['inside']}, packs)
  assert expected['logits'].shape == (3,)
  for name in ('logits', 'features'):
    np.testing.assert_allclose(outputs[name], np.repeat(expected[name], 2, 0), rtol=1e-5)


def test_packs_of_vectors():
  network = layers.Packed(mlp.Discriminator(widths=(8,)), 3)
  outputs, variables = network.init_with_output(RNG, normal(6, 2))
  assert outputs['logits'].shape == (6,)
  assert variables['params']['inside']['Dense_0']['kernel'].shape == (6, 8)


@pytest.mark.parametrize(
  ('inputs', 'said'),
  [
    ((jnp.zeros((5, 4, 4, 1)),), 'pack=2 does not divide 5 images'),
    ((jnp.zeros((4, 4, 4, 1)), jnp.zeros((4, 3))), 'given images alone'),
  ],
)
def test_packs_that_cannot_be_are_refused(inputs, said):
  network = layers.Packed(dcgan.Discriminator(), 2)
  with pytest.raises(errors.UserError, match=said) as error:
    network.init(RNG, *inputs)
  assert '\n' not in str(error.value)


@pytest.mark.parametrize('size', [(6, 8), (5, 7), (1, 3)])
def test_filters_keep_a_constant_but_at_the_border(size):
  """There zeros come in: a quarter of the weights of the first row."""
  ones = jnp.ones((1, *size, 2))
  down, up = jax.jit(layers.filter_down)(ones), layers.filter_up(ones, (2 * size[0], 2 * size[1] - 1))
  assert down.shape == (1, -(-size[0] // 2), -(-size[1] // 2), 2)
  assert up.shape == (1, 2 * size[0], 2 * size[1] - 1, 2)
  np.testing.assert_allclose(down[:, 1:-1, 1:-1], 1.0)
  np.testing.assert_allclose(up[:, 1 : 2 * size[0] - 1, 1 : 2 * size[1] - 1], 1.0)
  np.testing.assert_allclose(up[:, 0, 1], 0.75)


def test_filters_are_those_of_the_kernel_and_each_others_transpose():
  maps, taps = normal(2, 6, 8, 3), np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64
  kernel = jnp.asarray(taps[:, :, None, None] * np.eye(3), jnp.float32)
  dimensions = ('NHWC', 'HWIO', 'NHWC')
  pads = ((1, 1), (1, 1))
  expected = jax.lax.conv_general_dilated(maps, kernel, (2, 2), pads, dimension_numbers=dimensions)
  np.testing.assert_allclose(layers.filter_down(maps), expected, atol=1e-6)
  (transposed,) = jax.linear_transpose(layers.filter_down, maps)(expected)
  np.testing.assert_allclose(layers.filter_up(expected, (6, 8)), 4 * transposed, atol=1e-5)


def test_means_and_nearest_neighbours():
  maps = normal(2, 5, 4, 3)
  pooled = layers.mean_pool(maps, 2)
  np.testing.assert_allclose(pooled[:, 0, 0], maps[:, :2, :2].mean((1, 2)), rtol=1e-5)
  np.testing.assert_allclose(
    pooled[:, 2, 1], maps[:, 4:, 2:].mean((1, 2)), rtol=1e-5
  )  # of two that there are
  np.testing.assert_array_equal(layers.mean_pool(maps, 1), maps)
  large = layers.nearest(maps, 2, (9, 8))
  assert large.shape == (2, 9, 8, 3)
  np.testing.assert_array_equal(large[:, ::2, 1::2], maps)
  parts = layers.adaptive_pool(maps, (2, 8))
  np.testing.assert_allclose(parts[:, 0, 0], maps[:, :3, 0].mean(1), rtol=1e-5)
  np.testing.assert_allclose(parts[:, 1, 7], maps[:, 2:, 3].mean(1), rtol=1e-5)


@pytest.mark.long
@pytest.mark.parametrize('native', [False, True])
@pytest.mark.parametrize(('groups', 'features', 'stride'), [(3, 24, 1), (2, 6, 2), (6, 12, 1), (1, 4, 1)])
def test_grouped_convolutions_are_those_of_the_backend(groups, features, stride, native, monkeypatch, as_on):
  """In value and in the gradient of the gradient's norm."""
  as_on('other' if native else 'cpu')
  monkeypatch.setattr(grouped, 'GROUPED', 4)
  images, kernel = normal(2, 5, 6, 12), normal(3, 3, 12 // groups, features, seed=1) / 10

  def ours(images, kernel):
    return operations.grouped_convolve(images, kernel, stride, groups)

  def theirs(images, kernel):
    dimensions = ('NHWC', 'HWIO', 'NHWC')
    return jax.lax.conv_general_dilated(
      images, kernel, (stride,) * 2, 'SAME', dimension_numbers=dimensions, feature_group_count=groups
    )

  def values(convolve):
    slope = jax.grad(lambda *both: jnp.sin(convolve(*both)).sum())
    return convolve(images, kernel), jax.grad(lambda *both: (slope(*both) ** 2).sum(), (0, 1))(images, kernel)

  found, expected = jax.jit(lambda: values(ours))(), jax.jit(lambda: values(theirs))()
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5 * np.abs(b).max()), found, expected)
