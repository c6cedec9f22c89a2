"""Penalties of G in a linear game, whose gradients are known; their state, and when they are due."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import configs, errors
from gan_jax.gans.contract import GAN, merge
from gan_jax.gans.parts import penalized_generator
from gan_jax.training import step

RNG = jax.random.key(0)
MATRIX, LATENTS = jax.random.normal(RNG, (3, 5)), jax.random.normal(RNG, (6, 3))
BATCH = {'latents': LATENTS, 'image': jnp.zeros((6, 5)), 'step': jnp.int32(0)}
KEY = jax.random.fold_in(RNG, 1)  # that penalties of a pass with RNG have


def linear(styles=False):
  """The game of z A, or of its styles 2 z, which a batch may have; G's loss is the mean of images."""

  def generate(variables, batch, rng, train):
    inside = batch.get('styles', 2 * batch['latents']) if styles else batch['latents']
    fakes = {'image': inside @ variables['g']['params']['kernel']}
    return {**fakes, **({'styles': inside} if styles else {})}, {'g': {}}

  def g_loss(variables, batch, fakes, rng):
    assert set(fakes) == ({'image', 'styles'} if styles else {'image'})
    loss = fakes['image'].mean()
    return loss, ({}, {'loss': loss})

  init = lambda rng, batch: {'g': {'params': {'kernel': MATRIX}}}
  return GAN(init, lambda rng, batch: {}, generate, None, None, g_loss)


def penalized(game=None, **fields):
  """The linear game with penalties of some weights."""
  given = {f'penalty.{name}': value for name, value in fields.items()}
  return penalized_generator.penalized(
    game or linear(), configs.get('dcgan_digits', given, notice=lambda _: None)
  )


def learn(gan, at=0, state=None):
  """(loss, metrics, gradient of the matrix, variables after) of an update of G, as step.py makes it."""
  batch = {**BATCH, 'step': jnp.int32(at)}
  variables = merge(gan.init(RNG, batch), state or {})
  played = step.play(gan, variables, batch, RNG)
  loss = lambda fakes: gan.g_loss(played.variables, batch, fakes, RNG)
  (value, (new, metrics)), cotangent = jax.value_and_grad(loss, has_aux=True)(played.fakes)
  (gradient,) = played.pullback(cotangent)
  return value, metrics, gradient['kernel'], merge(played.variables, new)


PLAIN = LATENTS.mean(0)[:, None] * jnp.ones(5) / 5  # the gradient of the mean of images


def lengths(matrix, count=3):
  return jnp.linalg.norm(jax.random.normal(KEY, (count, 5)) @ matrix.T, axis=1)


def test_path_length_is_the_square_of_what_lengths_differ_from_their_average_by():
  """Every second example; the average begins at 0 and moves by a hundredth first."""
  gan = penalized(path_length=2.0)
  loss, metrics, gradient, after = learn(gan)
  mean = 0.01 * lengths(MATRIX).mean()
  penalty = lambda matrix: ((lengths(matrix) - mean) ** 2).mean()
  np.testing.assert_allclose(metrics['path_length'], penalty(MATRIX), rtol=1e-5)
  np.testing.assert_allclose(loss, (LATENTS @ MATRIX).mean() + 2 * penalty(MATRIX), rtol=1e-5)
  assert metrics['loss'] == loss
  np.testing.assert_allclose(gradient, PLAIN + 2 * jax.grad(penalty)(MATRIX), rtol=1e-4)
  np.testing.assert_allclose(after['g_state']['path_length']['mean'], mean, rtol=1e-5)


def test_lengths_are_taken_of_as_many_examples_as_is_asked():
  metrics = learn(penalized(path_length=1.0, path_length_shrink=1, path_length_decay=0.0))[1]
  np.testing.assert_allclose(metrics['path_length'], lengths(MATRIX, 6).var(), rtol=1e-4)


def test_lengths_of_a_game_with_styles_are_by_these():
  """Latents are doubled to styles: by latents lengths would be twice as long."""
  after = learn(penalized(linear(styles=True), path_length=1.0, path_length_decay=0.0))[3]
  np.testing.assert_allclose(after['g_state']['path_length']['mean'], lengths(MATRIX).mean(), rtol=1e-5)


@pytest.mark.long
def test_what_is_not_due_is_not_computed_and_changes_nothing():
  gan = penalized(path_length=1.0, every=4)
  begun = {'g_state': {'path_length': {'mean': jnp.float32(0.5)}}}
  found = [learn(gan, at, begun) for at in range(5)]
  means = [float(after['g_state']['path_length']['mean']) for *_, after in found]
  moved = 0.99 * 0.5 + 0.01 * float(lengths(MATRIX).mean())
  np.testing.assert_allclose(means, [moved, 0.5, 0.5, 0.5, moved], rtol=1e-5)
  once = learn(penalized(path_length=1.0), 0, begun)
  np.testing.assert_allclose(found[0][2] - PLAIN, 4 * (once[2] - PLAIN), rtol=1e-4)
  np.testing.assert_allclose(found[1][2], PLAIN, rtol=1e-6)
  np.testing.assert_allclose(found[0][1]['path_length@4'], once[1]['path_length'], rtol=1e-5)
  text = str(jax.make_jaxpr(functools.partial(gan.generate, train=True))(gan.init(RNG, BATCH), BATCH, RNG))
  assert 'cond' in text


def test_zcr_drives_images_of_latents_nearby_apart():
  """By the square of dz A, with a minus."""
  gan = penalized(zcr_generator=0.5, zcr_generator_radius=0.1)
  _, metrics, gradient, after = learn(gan)
  steps = 0.1 * jax.random.normal(KEY, LATENTS.shape)
  apart = lambda matrix: -((steps @ matrix) ** 2).mean()
  np.testing.assert_allclose(metrics['zcr_generator'], apart(MATRIX), rtol=1e-4)
  np.testing.assert_allclose(gradient, PLAIN + 0.5 * jax.grad(apart)(MATRIX), rtol=1e-4)
  assert set(after) == {'g'}


def test_orthogonal_is_of_the_params_of_g():
  _, metrics, gradient, _ = learn(penalized(orthogonal_generator=0.1))
  products = lambda matrix: jnp.square(matrix.T @ matrix * (1 - jnp.eye(5))).sum()
  np.testing.assert_allclose(metrics['orthogonal_generator'], products(MATRIX), rtol=1e-4)
  np.testing.assert_allclose(gradient, PLAIN + 0.1 * jax.grad(products)(MATRIX), rtol=1e-3, atol=1e-5)


def test_weights_of_g_fall_as_those_of_d_do():
  fields = {'orthogonal_generator': 1.0, 'decay_start': 0.5, 'final_scale': 0.01, 'decay_steps': 100}
  found = [learn(penalized(**fields), at) for at in (0, 50, 75, 100)]
  mean = (LATENTS @ MATRIX).mean()
  shares = [(loss - mean) / metrics['orthogonal_generator'] for loss, metrics, *_ in found]
  np.testing.assert_allclose(shares, [1, 1, 0.1, 0.01], rtol=1e-3)


def test_a_sample_has_nothing_of_penalties():
  gan = penalized(path_length=1.0, zcr_generator=1.0)
  fakes, _ = gan.generate(gan.init(RNG, BATCH), BATCH, RNG, train=False)
  assert set(fakes) == {'image'}


def test_without_a_weight_the_game_is_the_one_it_was():
  game = linear()
  assert penalized(game, r1=1.0, lecam=1.0) is game
  assert penalized(game, path_length=1.0) is not game


@pytest.mark.parametrize('name', ['path_length', 'zcr_generator'])
def test_games_without_latents_are_told_that_they_lack_them(name):
  constant = lambda variables, batch, rng, train: ({'image': batch['image']}, {})
  gan = penalized(dataclasses.replace(linear(), generate=constant), **{name: 1.0})
  with pytest.raises(errors.UserError, match='games that draw them'):
    gan.generate(gan.init(RNG, BATCH), {'image': BATCH['image'], 'step': 0}, RNG, train=True)
