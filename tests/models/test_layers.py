"""Convolutions in our forms are XLA's own: in value, in every derivative, under vmap and in scan."""

import functools
import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import errors
from gan_jax.models import layers
from gan_jax.models.convolution import operations
from gan_jax.models.layers import initializers

# Odd and even sides, every remainder by 2 and by 3, and an image smaller than the kernel.
SIZES = ((7, 6), (5, 8), (1, 2))
BATCH, CHANNELS = 3, 3
QUICK = {'xla_backend_optimization_level': 0}  # compiling is most of the time that these tests take


def strided(images, kernel, stride, padding='SAME'):
  """What `operations.convolve` should be: XLA's convolution."""
  return jax.lax.conv_general_dilated(
    images, kernel, (stride, stride), padding, dimension_numbers=('NHWC', 'HWIO', 'NHWC')
  )


def transposed(images, kernel, stride, size):
  """What `operations.transpose_convolve` should be: jax's transpose of XLA's convolution."""
  like = jax.ShapeDtypeStruct((len(images), *size, kernel.shape[-1]), images.dtype)
  forward = lambda pixels: strided(pixels, kernel.swapaxes(2, 3), stride)
  return jax.linear_transpose(forward, like)(images)[0]


def normal(*shape, seed=0):
  return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def cases(convolve, transpose, kernel, stride, size):
  """[(operation, (images, weights))]: by their channels and features they take all forms, both ways."""
  small = tuple(-(-side // stride) for side in size)
  down = functools.partial(convolve, stride=stride), size
  up = functools.partial(transpose, stride=stride, size=size), small
  few = [(down, 1, 64), (down, CHANNELS, 2), (up, CHANNELS, 2), (up, CHANNELS, 8)]
  many = [(down, 9, 12), (up, 9, 12)]
  deep = [(down, 8, 100), (up, 200, 8), (up, 8, 200)]  # kernels that are larger than the maps
  every = few + many + (deep if kernel < 7 else [])  # of which XLA's own take seconds
  scale = lambda channels, features: kernel * max(1, channels * features / 100) ** 0.5
  weights = lambda *ends: normal(kernel, kernel, *ends, seed=1) / scale(*ends)
  return [
    (operation, (normal(BATCH, *sides, channels), weights(channels, features)))
    for (operation, sides), channels, features in every
  ]


def values_and_gradients(convolve, transpose, kernel, stride):
  """The values at all SIZES, and at the first one the gradients with respect to images and weights."""
  first, *others = (cases(convolve, transpose, kernel, stride, size) for size in SIZES)
  gradients = [jax.vjp(operation, *operands) for operation, operands in first]
  return (
    [(value, pullback(jnp.cos(value))) for value, pullback in gradients],
    [operation(*operands) for some in others for operation, operands in some[1:]],
  )


def higher_derivatives(operation, operands):
  """The gradients of the squared norm of the gradients, as gradient penalties need them."""
  gradients = jax.grad(lambda *both: jnp.sin(operation(*both)).sum(), (0, 1))
  squared = lambda *both: sum(jnp.sum(gradient**2) for gradient in gradients(*both))
  return jax.grad(squared, (0, 1))(*operands)


def all_higher_derivatives(convolve, transpose, kernel, stride):
  return [higher_derivatives(*case) for case in cases(convolve, transpose, kernel, stride, SIZES[0])]


def compiled(function, *arguments):
  """What `function` gives; a new program each time, since jit would remember the other form."""
  return jax.jit(lambda: function(*arguments), compiler_options=QUICK)()


def assert_close(ours, theirs):
  """Equal to within float32's rounding of sums as large as the largest entry."""
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5 * np.abs(b).max()), ours, theirs)


@pytest.mark.long
@pytest.mark.parametrize('stride', [1, 2, 3])
@pytest.mark.parametrize('kernel', [1, 3, 4, 5, 7])
def test_values_and_gradients_are_those_of_the_backend(kernel, stride, as_on):
  ours = operations.convolve, operations.transpose_convolve
  expected = compiled(values_and_gradients, strided, transposed, kernel, stride)
  assert_close(compiled(values_and_gradients, *ours, kernel, stride), expected)
  as_on('other')
  assert_close(compiled(values_and_gradients, *ours, kernel, stride), expected)


@pytest.mark.long
@pytest.mark.parametrize('native', [False, True])
@pytest.mark.parametrize(
  ('kernel', 'stride', 'batch'), [(3, 1, BATCH), (4, 2, BATCH), (5, 3, BATCH), (4, 2, 1)]
)
def test_second_derivatives(kernel, stride, batch, native, monkeypatch, as_on):
  monkeypatch.setitem(globals(), 'BATCH', batch)
  as_on('other' if native else 'cpu')
  ours = operations.convolve, operations.transpose_convolve
  expected = compiled(all_higher_derivatives, strided, transposed, kernel, stride)
  assert_close(compiled(all_higher_derivatives, *ours, kernel, stride), expected)


@pytest.mark.parametrize(('kernel', 'stride'), [(3, 1), (4, 2), (5, 3), (2, 3)])
def test_without_padding(kernel, stride):
  """Values and second derivatives, where pixels remain that no place of the kernel sees."""
  size = tuple(side + kernel for side in SIZES[0])

  def derive(convolve):
    without = functools.partial(convolve, padding='VALID')
    some = [case for case in cases(without, transposed, kernel, stride, size) if case[0].func is without]
    return [(operation(*operands), higher_derivatives(operation, operands)) for operation, operands in some]

  assert_close(compiled(derive, operations.convolve), compiled(derive, strided))


@pytest.mark.parametrize('case', range(7))
def test_under_vmap_and_in_scan(case):
  """Members with weights of their own, and the gradient through a loop, are those of a Python loop."""
  operation, operands = cases(operations.convolve, operations.transpose_convolve, 4, 2, SIZES[0])[case]
  stacked = tuple(jnp.stack([operand, jnp.cos(operand)]) for operand in operands)

  def one_by_one(images, weights):
    return jnp.stack([operation(*member) for member in zip(images, weights, strict=True)])

  def in_scan(images, weights):
    return jax.lax.scan(lambda _, member: (None, operation(*member)), None, (images, weights))[1]

  def value_and_gradients(function):
    value, pullback = jax.vjp(function, *stacked)
    return value, pullback(jnp.cos(value))

  expected = compiled(value_and_gradients, one_by_one)
  assert_close(compiled(value_and_gradients, jax.vmap(operation)), expected)
  assert_close(compiled(value_and_gradients, in_scan), expected)


def test_on_a_cpu_no_convolution_is_dilated():
  """Neither in value nor in first or second derivatives: XLA crawls where one is; accelerators do not."""
  both = operations.convolve, operations.transpose_convolve
  program = jax.jit(lambda: all_higher_derivatives(*both, 4, 2)).trace()
  dilations = {}
  for platform in ('cpu', 'cuda'):
    text = program.lower(lowering_platforms=(platform,)).as_text()
    assert 'stablehlo.convolution' in text
    dilations[platform] = set(re.findall(r'[lr]hs_dilate = \[([^]]*)\]', text))
  assert dilations == {'cpu': {'1, 1'}, 'cuda': {'1, 1', '2, 2'}}


@pytest.mark.parametrize(('kernel', 'stride'), [(1, 1), (3, 1), (4, 2), (5, 3)])
def test_vectors_beside_images_are_maps_that_have_them_everywhere(kernel, stride):
  """In value and in the gradients of all; a vector is convolved without maps of it."""
  images, points, vectors = normal(BATCH, 7, 6, 3), normal(BATCH, 7, 6, 2), normal(BATCH, 4)
  layer = layers.Conv(2, kernel, stride)
  variables = {'params': {'kernel': normal(kernel, kernel, 3 + 4 + 2, 2), 'bias': jnp.array([1.0, 2.0])}}

  def joined(variables, images, vectors, points):
    parts = images, layers.replicate(vectors, images.shape[1:3]), points
    return layer.apply(variables, jnp.concatenate(parts, -1))

  def value_and_gradients(function):
    value, pullback = jax.vjp(function, variables, images, vectors, points)
    return value, pullback(jnp.cos(value))

  assert jax.tree.map(jnp.shape, jax.eval_shape(layer.init, jax.random.key(0), images, vectors, points)) == (
    jax.tree.map(jnp.shape, variables)
  )
  assert_close(compiled(value_and_gradients, layer.apply), compiled(value_and_gradients, joined))


def test_nothing_can_be_beside_groups():
  with pytest.raises(ValueError, match='groups=3'):
    layers.Conv(3, groups=3).init(jax.random.key(0), normal(BATCH, 7, 6, 3), normal(BATCH, 4))


@pytest.mark.parametrize('bias', [None, [1.0, 2.0]])
@pytest.mark.parametrize(
  ('module', 'shape'),
  [
    (functools.partial(layers.Conv, 2, kernel=4, stride=2), (3, 4, 2)),
    (functools.partial(layers.ConvTranspose, 2, kernel=5, stride=2), (10, 16, 2)),
    (functools.partial(layers.ConvTranspose, 2, kernel=4, stride=3, size=(14, 22)), (14, 22, 2)),
  ],
  ids=['conv', 'transposed', 'transposed to a size'],
)
def test_modules_add_a_bias_to_images_of_their_size(module, shape, bias):
  module, images = module(use_bias=bias is not None), jnp.ones((BATCH, 5, 8, CHANNELS))
  like = jax.eval_shape(module.init, jax.random.key(0), images)['params']
  params = {'kernel': jnp.zeros(like['kernel'].shape)} | ({'bias': jnp.array(bias)} if bias else {})
  assert jax.tree.map(jnp.shape, params) == jax.tree.map(jnp.shape, like)
  out = compiled(module.apply, {'params': params}, images)
  np.testing.assert_array_equal(out, np.broadcast_to(bias or 0.0, (BATCH, *shape)))


@pytest.mark.parametrize(
  ('name', 'deviation'),
  [
    ('normal', 0.02),
    ('truncated_normal', 0.02 * 0.88),  # jax's scale is the deviation before truncation
    ('glorot_uniform', math.sqrt(2 / (16 * (20 + 30)))),
    ('he_normal', math.sqrt(2 / (16 * 20))),
    ('orthogonal', 0.02 / math.sqrt(16 * 20)),
  ],
)
def test_initial_weights_have_the_deviation_of_their_distribution(name, deviation):
  weights = layers.initializer(name, 0.02)(jax.random.key(0), (4, 4, 20, 30))
  assert abs(float(weights.std()) / deviation - 1) < 0.03
  assert abs(float(weights.mean())) < deviation / 10


def test_unknown_names_list_the_known_ones():
  with pytest.raises(errors.UserError, match="did you mean 'glorot_uniform'"):
    layers.initializer('glorot_unifrom', 0.02)
  with pytest.raises(errors.UserError, match=r'known: .*he_normal.*orthogonal'):
    layers.initializer('zzz', 0.02)
  with pytest.raises(errors.UserError, match="did you mean 'leaky_relu'"):
    layers.activation('leakyrelu')
  for name in (*initializers.SCALED, *initializers.UNSCALED):
    init = layers.initializer(name, 0.02)
    assert jax.eval_shape(lambda init=init: init(jax.random.key(0), (2, 3))).shape == (2, 3)
  for name in layers.ACTIVATIONS:
    assert np.isfinite(layers.activation(name)(jnp.array([-1.0, 0.0, 1.0]))).all()
