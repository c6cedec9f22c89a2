"""Penalties of D whose values are known in closed form, on linear and quadratic discriminators."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

from gan_jax import errors, regularizers
from gan_jax.configs import fields, sections
from gan_jax.gans import penalties
from gan_jax.gans.parts import consistency

RNG = jax.random.key(0)
W = jnp.array([3.0, -4.0, 12.0])  # of length 13
REAL, FAKE = jax.random.normal(RNG, (2, 8, 3))


def make(name, **options):
  module = sections.penalty_modules('')[name]
  return module.make({**fields.defaults(module.OPTIONS), **options})


def context(discriminate, real=REAL, fake=FAKE, step=0, **more):
  """The Context of a discriminator that is a function of images to logits."""
  outputs = lambda images, side='real': {'logits': discriminate(images)}
  critic = lambda images, side='real': discriminate(images)
  gradient = lambda side: regularizers.gradient(discriminate, {'real': real, 'fake': fake}[side])
  seen = penalties.Context(critic, real, fake, outputs(real), outputs(fake), RNG, step, gradient, outputs, {})
  return seen._replace(**more)


def term(name, seen, state=None, **options):
  return make(name, **options).term(seen, state or {})


@pytest.mark.parametrize(
  ('name', 'value'), [('r1', 13**2 / 2), ('r2', 13**2 / 2), ('gp', 12**2), ('gp0', 13**2), ('dragan', 12**2)]
)
def test_a_linear_discriminator_has_its_weights_as_gradient(name, value):
  np.testing.assert_allclose(term(name, context(lambda images: images @ W)), value, rtol=1e-5)


@pytest.mark.parametrize(('name', 'points'), [('r1', REAL), ('r2', FAKE)])
def test_a_quadratic_discriminator_has_the_images_as_gradient(name, points):
  value = term(name, context(lambda images: 0.5 * (images**2).sum(1)))
  np.testing.assert_allclose(value, 0.5 * (points**2).sum(1).mean(), rtol=1e-5)


def test_the_zero_centred_one_is_taken_between_real_and_generated_images():
  """With the gradient x from 0 to 2, E x^2 = 4/3."""
  square = lambda images: 0.5 * (images**2).sum(1)
  seen = context(square, jnp.zeros((20_000, 1)), jnp.full((20_000, 1), 2.0))
  np.testing.assert_allclose(term('gp0', seen), 4 / 3, rtol=0.02)


def test_dragan_looks_beside_real_images_by_up_to_half_of_their_deviation():
  """Of -1 and 1, whose deviation is 1, the gradient x has length 1 within a u / 2: E(a u / 2)^2 = 1/36."""
  signs = jnp.where(jnp.arange(20_000) % 2, -1.0, 1.0)[:, None]
  seen = context(lambda images: 0.5 * (images**2).sum(1), signs)
  np.testing.assert_allclose(term('dragan', seen), 1 / 36, rtol=0.03)


LOGITS = {'real': jnp.array([2.0, -1.0]), 'fake': jnp.array([1.0, -3.0])}


def judged(step):
  outputs = {f'{side}_outputs': {'logits': logits} for side, logits in LOGITS.items()}
  return context(lambda images: images @ W, step=step, **outputs)


def test_lecam_by_hand():
  """Of 2 above fakes' average of 0.5 (1.5^2 / 2), and of 1 and -3 below the 1.5 of real images."""
  state = {'real': jnp.float32(1.5), 'fake': jnp.float32(0.5)}
  assert term('lecam', judged(1000), state) == 1.5**2 / 2 + (0.5**2 + 4.5**2) / 2
  assert term('lecam', judged(999), state) == 0


def test_averages_of_lecam_begin_with_it():
  """Before the start they are those of the last batch, 0.5 and -1, then they move by a hundredth."""
  penalty = make('lecam')
  assert penalty.update(judged(999), {'real': 7.0, 'fake': 7.0}) == {'real': 0.5, 'fake': -1.0}
  after = penalty.update(judged(1000), {'real': jnp.float32(1.5), 'fake': jnp.float32(0)})
  np.testing.assert_allclose([after['real'], after['fake']], [1.5 - 0.01, -0.01], rtol=1e-5)


PICTURES = jax.random.normal(RNG, (64, 8, 8, 2))


def places(image, most):
  """Where the mirrored and shifted images of an image come from: all crops of it in a mirror."""
  padded = np.pad(image, [(most, most), (most, most), (0, 0)], 'reflect')
  size = image.shape[0]
  crops = [
    padded[down : down + size, across : across + size]
    for down in range(2 * most + 1)
    for across in range(2 * most + 1)
  ]
  return np.stack([*crops, *(crop[:, ::-1] for crop in crops)])


@pytest.mark.parametrize(('shift', 'most'), [(0.0, 0), (0.125, 1), (0.3, 2), (0.4, 3)])
def test_images_are_mirrored_and_shifted_as_in_a_mirror(shift, most):
  changed = np.asarray(consistency.mirrored_and_shifted(PICTURES, RNG, shift))
  found = [
    np.flatnonzero((places(before, most) == after).all((1, 2, 3)))
    for before, after in zip(np.asarray(PICTURES), changed, strict=True)
  ]
  assert all(len(where) for where in found)
  mirrored = np.mean([where[0] >= (2 * most + 1) ** 2 for where in found])
  assert 0.3 < mirrored < 0.7
  assert len({int(where[0]) for where in found}) > most


@pytest.mark.parametrize('name', ['cr', 'bcr'])
def test_what_does_not_change_for_the_discriminator_is_not_penalised(name):
  """The brightness of grey images; where they are steps, it is."""
  left = lambda images: images[:, :, :4].mean((1, 2, 3))
  grey = jnp.broadcast_to(jnp.arange(64.0)[:, None, None, None], PICTURES.shape)
  assert term(name, context(left, grey, grey)) == 0
  assert term(name, context(left, PICTURES, grey)) > 0
  assert (term(name, context(left, grey, PICTURES)) > 0) == (name == 'bcr')


def test_consistency_is_the_mean_square_of_what_changes():
  """Half of the images of -1 and 1, left and right, are mirrored: (2 * 1)^2 / 2 at the left."""
  halves = jnp.where(jnp.arange(8) < 4, -1.0, 1.0)[:, None] * jnp.ones((4000, 8, 8, 1))
  left = lambda images: images[:, :, 0].mean((1, 2))
  np.testing.assert_allclose(term('cr', context(left, halves, halves), shift=0.0), 2, rtol=0.05)


def test_only_images_are_mirrored():
  with pytest.raises(errors.UserError, match=r'cr and bcr are for images'):
    term('cr', context(lambda points: points @ W))


def test_zcr_compares_logits_of_latents_nearby():
  """Of linear G and D the logits differ by w . A dz."""
  matrix, latents = jax.random.normal(RNG, (2, 3)), jax.random.normal(RNG, (8, 2))
  generate = lambda batch: {'image': batch['latents'] @ matrix}
  batch = {'latents': latents, 'step': 0}
  generated = penalties.Generated(generate, batch, generate(batch), 'image', {}, RNG)
  penalty = make('zcr', radius=0.1)
  seen = context(lambda images: images @ W, fake=generated.fakes['image'], played=penalty.play(generated))
  steps = 0.1 * jax.random.normal(RNG, latents.shape)
  np.testing.assert_allclose(penalty.term(seen, {}), ((steps @ matrix @ W) ** 2).mean(), rtol=1e-3)


def test_games_without_latents_are_told():
  generated = penalties.Generated(lambda batch: {}, {'step': 0}, {}, 'image', {}, RNG)
  with pytest.raises(errors.UserError, match='for games that draw them'):
    make('zcr').play(generated)


def test_orthogonal_sees_the_params_of_the_discriminator():
  """Columns (1, 2) and (2, 1) have the product 4, which is there twice: 2 * 16."""
  seen = context(
    lambda images: images @ W, params={'Dense_0': {'kernel': jnp.array([[1.0, 2.0], [2.0, 1.0]])}}
  )
  assert term('orthogonal', seen) == 32


def test_every_penalty_says_whose_it_is():
  names = sections.penalty_modules('')
  shared = {'every': 1, 'decay_start': 0.0, 'final_scale': 1.0, 'modules': ''}
  options = fields.defaults(sections.options('penalty', ''))
  config = ConfigDict({**options, **dict.fromkeys(names, 1.0), **shared})
  sides = [set(penalties.Penalties(config, side)._penalties) for side in 'dg']
  assert sides[0] | sides[1] == set(names)
  assert sides[1] == {'orthogonal_generator', 'path_length', 'zcr_generator'}
