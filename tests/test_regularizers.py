"""Penalties with known answers, their derivatives, and the lazy helper."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from gan_jax import regularizers

RNG = jax.random.key(0)
SHAPES = [(5,), (5, 3), (5, 4, 6, 2)]
PENALTIES = {
  'r1': lambda critic, real, fake: regularizers.r1(critic, real),
  'gradient_penalty': lambda critic, real, fake: regularizers.gradient_penalty(critic, real, fake, RNG),
}
EACH = pytest.mark.parametrize('penalty', PENALTIES.values(), ids=PENALTIES)


def images(shape, seed=0):
  return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def per_example(function):
  """The critic that applies a function of one image to each."""
  return lambda images: jax.vmap(function)(images)


def mlp(params):
  return lambda images: jnp.tanh(images.reshape(len(images), -1) @ params['in']) @ params['out']


def mlp_params():
  return {'in': images((6, 4), 7), 'out': images((4, 1), 8)}


@pytest.mark.parametrize('shape', SHAPES)
def test_linear_critic(shape):
  """||w||^2 / 2 wherever the images are, and (||w|| - target)^2."""
  weights, real, fake = images(shape[1:], 1), images(shape), images(shape, 2)
  critic = per_example(lambda image: jnp.sum(weights * image) + 3)
  norm = float(jnp.linalg.norm(weights.ravel()))
  np.testing.assert_allclose(jax.jit(lambda: regularizers.r1(critic, real))(), norm**2 / 2, rtol=1e-5)
  penalty = jax.jit(lambda target: regularizers.gradient_penalty(critic, real, fake, RNG, target))
  for target in (0.0, 1.0, 2.5):
    np.testing.assert_allclose(penalty(target), (norm - target) ** 2, rtol=1e-4)


@pytest.mark.parametrize('shape', SHAPES)
def test_quadratic_critic(shape):
  """|x|^2 / 2 has the gradient x: R1 is half of the mean square norm of the images."""
  critic = per_example(lambda image: 0.5 * jnp.sum(image**2))
  expected = 0.5 * np.mean(np.sum(np.asarray(images(shape)).reshape(5, -1) ** 2, axis=1))
  np.testing.assert_allclose(regularizers.r1(critic, images(shape)), expected, rtol=1e-5)
  assert regularizers.r2(critic, images(shape)) == regularizers.r1(critic, images(shape))


def test_gradient_penalty_is_taken_between_real_and_fake():
  """From 0 to 2 with the gradient x, E (U(0, 2) - 1)^2 = 1/3; each example has a place of its own."""
  critic = per_example(lambda image: 0.5 * image**2)
  penalty = regularizers.gradient_penalty(critic, jnp.zeros(20000), jnp.full(20000, 2.0), RNG)
  np.testing.assert_allclose(penalty, 1 / 3, rtol=0.02)


def test_all_pixels_of_an_example_are_mixed_alike():
  """Between black and white images lie grey ones, where a critic of contrast is flat."""
  contrast = lambda images: images.var((1, 2, 3))
  black = jnp.zeros((8, 2, 2, 1))
  assert regularizers.gradient_penalty(contrast, black, black + 1, RNG, target=0.0) < 1e-12


def test_patch_logits_are_summed_per_example():
  """A [B, h, w, 1] critic is penalised as the [B] critic that sums its patches."""
  patches = lambda images: jnp.tanh(images[:, ::2, ::2].sum(-1, keepdims=True))
  summed = lambda images: patches(images).sum((1, 2, 3))
  real, fake = images((5, 4, 6, 2)), images((5, 4, 6, 2), 1)
  for penalty in PENALTIES.values():
    np.testing.assert_allclose(penalty(patches, real, fake), penalty(summed, real, fake), rtol=1e-6)


@EACH
def test_examples_do_not_mix(penalty):
  """The penalty of a batch is the mean of those of its halves, and order does not matter."""
  critic, real = mlp(mlp_params()), images((4, 6))
  each = jax.jit(lambda images: penalty(critic, images, images))  # equal, so that any mix is the same
  np.testing.assert_allclose(each(real), (each(real[:2]) + each(real[2:])) / 2, rtol=1e-5)
  np.testing.assert_allclose(each(real), each(real[::-1]), rtol=1e-5)


@EACH
def test_derivative_in_the_critics_params(penalty):
  """What D learns from: a derivative of a derivative, against finite differences."""
  with jax.enable_x64(True):
    pairs = [images((3, 2, 3), seed).astype(jnp.float64) for seed in (0, 1)]
    params = jax.tree.map(lambda x: x.astype(jnp.float64), mlp_params())
    check_grads(jax.jit(lambda params: penalty(mlp(params), *pairs)), (params,), order=1, modes=['rev'])


@EACH
def test_flat_critic_has_finite_derivatives(penalty):
  """Dead units give a gradient of exactly 0, where the norm has no derivative."""
  params = jax.tree.map(jnp.zeros_like, mlp_params())
  real, fake = images((4, 6)), images((4, 6), 1)
  value, grads = jax.jit(jax.value_and_grad(lambda p: penalty(mlp(p), real, fake)))(params)
  assert value == (1 if penalty is PENALTIES['gradient_penalty'] else 0)
  assert all(jnp.isfinite(x).all() for x in jax.tree.leaves(grads))


@EACH
def test_under_jit_and_vmap(penalty):
  """A population of critics, each with its own params and images."""
  members = [jax.tree.map(lambda x, k=k: x * (k + 1), mlp_params()) for k in range(3)]
  params = jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)
  real, fake = images((3, 4, 6)), images((3, 4, 6), 1)
  one = lambda p, r, f: penalty(mlp(p), r, f)
  together = jax.jit(jax.vmap(one))(params, real, fake)
  alone = [jax.jit(one)(*member) for member in zip(members, real, fake, strict=True)]
  np.testing.assert_allclose(together, np.stack(alone), rtol=1e-4)


def test_bfloat16_critic_is_penalised_in_float32():
  critic = lambda images: images.astype(jnp.bfloat16).sum(1)
  for dtype in (jnp.float32, jnp.bfloat16):
    penalty = jax.eval_shape(lambda images: regularizers.r1(critic, images), jnp.zeros((4, 6), dtype))
    assert penalty.dtype == jnp.float32


def test_mistakes_raise():
  for other in (3, 1):
    with pytest.raises(ValueError, match='mixes pairs'):
      regularizers.gradient_penalty(mlp(mlp_params()), jnp.zeros((4, 6)), jnp.zeros((other, 6)), RNG)
  with pytest.raises(ValueError, match=r'logits \[B, ...\]'):
    regularizers.r1(lambda images: jnp.float32(0), images((4, 6)))


def test_instance_noise():
  clean = jnp.full((50, 8, 8, 3), 0.25)
  noise = jax.jit(lambda sigma: regularizers.instance_noise(clean, RNG, sigma))
  np.testing.assert_array_equal(noise(0.0), clean)
  np.testing.assert_allclose(noise(0.5).mean(), 0.25, atol=0.02)
  np.testing.assert_allclose(noise(0.5).std(), 0.5, rtol=0.02)
  half = jax.eval_shape(regularizers.instance_noise, clean.astype(jnp.bfloat16), RNG, 0.5)
  assert half.dtype == jnp.bfloat16


@pytest.mark.parametrize('every', [1, 4])
def test_lazy_keeps_the_mean_of_the_penalty_and_its_gradient(every):
  penalty = lambda weight, step: regularizers.lazy(every, step, lambda: 3.0 * weight**2)
  values, slopes = [], []
  both = jax.jit(jax.value_and_grad(penalty))
  for step in range(8):
    value, slope = both(2.0, step)
    assert (value > 0) == (step % every == 0)
    values.append(value)
    slopes.append(slope)
  np.testing.assert_allclose(np.mean(values), 12)
  np.testing.assert_allclose(np.mean(slopes), 12)


def test_lazy_skips_the_computation():
  """On a step that is not due the penalty does not run; vmap over a population keeps that."""
  ran = []

  def penalty():
    jax.debug.callback(lambda: ran.append(1))
    return jnp.float32(1)

  lazy = jax.jit(lambda step: regularizers.lazy(4, step, penalty))
  for step in range(8):
    lazy(step).block_until_ready()
  jax.effects_barrier()
  assert len(ran) == 2
  population = jax.vmap(lambda weight, step: regularizers.lazy(4, step, lambda: weight), (0, None))
  assert ' cond' in str(jax.make_jaxpr(population)(jnp.ones(3), 1))


def test_lazy_needs_a_positive_interval():
  with pytest.raises(ValueError, match='every 0'):
    regularizers.lazy(0, 1, lambda: 1.0)


def test_path_lengths_of_a_linear_generator():
  """Of z A the length of A y, where y is normal over the root of H W."""
  matrix, latents = images((3, 2 * 4 * 5), 1), images((6, 3))
  generator = lambda latents: (latents @ matrix).reshape(-1, 2, 4, 5)
  directions = jax.random.normal(RNG, (6, 2, 4, 5)) / 8**0.5
  expected = np.linalg.norm(np.asarray(directions).reshape(6, -1) @ np.asarray(matrix).T, axis=1)
  np.testing.assert_allclose(regularizers.path_lengths(generator, latents, RNG), expected, rtol=1e-5)


def test_path_lengths_of_styles_are_root_mean_squares_over_layers():
  """Two layers whose styles are added have the same gradients, and so the length of one."""
  matrix, styles = images((3, 7), 1), images((6, 2, 3))
  of_layers = regularizers.path_lengths(lambda styles: styles.sum(1) @ matrix, styles, RNG)
  of_one = regularizers.path_lengths(lambda latents: latents @ matrix, styles[:, 0], RNG)
  np.testing.assert_allclose(of_layers, of_one, rtol=1e-5)


def test_lengths_of_a_flat_generator_have_finite_derivatives():
  lengths = lambda scale: regularizers.path_lengths(lambda z: scale * z, jnp.ones((4, 3)), RNG).sum()
  assert jax.grad(lengths)(0.0) == 0


@pytest.mark.parametrize('shape', [(3, 5), (5, 3), (2, 2, 3, 4), (2, 1, 3, 9), (4, 1)])
def test_filters_that_are_not_orthogonal(shape):
  """A wide kernel is reckoned another way; embeddings and biases are left out."""
  kernel = images(shape)
  columns = np.asarray(kernel).reshape(-1, shape[-1])
  products = columns.T @ columns
  expected = np.square(products - np.diag(np.diag(products))).sum()
  params = {'a': {'kernel': kernel, 'bias': jnp.ones(9)}, 'b': {'embedding': jnp.ones((3, 3))}}
  np.testing.assert_allclose(regularizers.off_orthogonality(params), expected, rtol=1e-4, atol=1e-5)


def test_orthogonal_filters_of_any_length_are_as_they_should_be():
  rotation, _ = jnp.linalg.qr(images((5, 5)))
  scaled = {'kernel': rotation * jnp.arange(1.0, 6.0)}
  assert regularizers.off_orthogonality(scaled) < 1e-8
