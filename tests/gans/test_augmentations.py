"""Augmentations: one of a user's own, what it is applied to, what passes through it, and its state."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from gan_jax import configs, data, errors
from gan_jax.gans.parts.discriminator import Discriminator
from gan_jax.training import experiment

RNG = jax.random.key(0)
OWN = """
import jax
import jax.numpy as jnp
from gan_jax.gans.augmentations import Augmentation

OPTIONS = {'rate': 0.5}

def make(config):
  def apply(images, rng, state):
    drawn = jax.random.uniform(rng, (len(images),) + (1,) * (images.ndim - 1))
    return images * (1 + state['strength'] * drawn)

  def update(state, real_outputs, fake_outputs):
    apart = real_outputs['logits'].mean() - fake_outputs['logits'].mean()
    return {'strength': state['strength'] + config.augment.rate * apart}

  return Augmentation(apply, lambda: {'strength': jnp.float32(2)}, update)
"""


class Linear(nn.Module):
  """Images [B, ...] to logits [B], linear in them."""

  @nn.compact
  def __call__(self, images, train=False):
    return {'logits': nn.Dense(1, use_bias=False)(images.reshape(len(images), -1))[:, 0]}


@pytest.fixture
def own(tmp_path, monkeypatch):
  """The config fields of an augmentation of one's own: each image times a random factor, at most 3."""
  (tmp_path / 'own_augmentations').mkdir()
  (tmp_path / 'own_augmentations' / 'brighter.py').write_text(OWN)
  monkeypatch.syspath_prepend(tmp_path)
  for module in ('own_augmentations', 'own_augmentations.brighter'):
    monkeypatch.delitem(sys.modules, module, raising=False)
  return {'augment.name': 'own_augmentations.brighter'}


def begin(fields):
  """(Discriminator, its variables, a batch, fakes, the weights [9] of its linear network)."""
  discriminator = Discriminator(configs.get('dcgan_digits', fields, notice=lambda _: None), Linear())
  real, fake = jax.random.normal(RNG, (2, 6, 3, 3, 1))
  batch = {'image': real, 'step': jnp.int32(0)}
  init = discriminator.with_state(lambda rng, batch: {'g': {}, 'd': Linear().init(rng, batch['image'])})
  variables = init(RNG, batch)
  return discriminator, variables, batch, {'image': fake}, variables['d']['params']['Dense_0']['kernel'][:, 0]


def factors(outputs, images, weights):
  """By what each image was multiplied before D saw it."""
  return outputs['logits'] / (images.reshape(len(images), -1) @ weights)


def test_real_and_generated_images_go_through_it(own):
  discriminator, variables, batch, fakes, weights = begin(own)
  for play in (discriminator.d_loss, discriminator.g_loss):
    verdict = play(variables, batch, batch['image'], fakes['image'], RNG)
    real = factors(verdict.real, batch['image'], weights)
    fake = factors(verdict.fake, fakes['image'], weights)
    for found in (real, fake):
      assert (found > 1).all()
      assert (found < 3).all()
      assert found.std() > 0.1
    assert not np.allclose(real, fake)
  plain = discriminator.discriminate(variables, batch, batch['image'])
  np.testing.assert_allclose(factors(plain, batch['image'], weights), 1, rtol=1e-5)


def test_the_gradient_of_g_passes_through_it(own):
  discriminator, variables, batch, fakes, weights = begin(own | {'loss': 'wasserstein'})

  def loss(fake):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fake, RNG)
    return verdict.loss, verdict.fake

  slopes, outputs = jax.grad(loss, has_aux=True)(fakes['image'])
  found = factors(outputs, fakes['image'], weights)
  np.testing.assert_allclose(slopes.reshape(6, 9), -found[:, None] * weights / 6, rtol=1e-4)


def test_penalties_differentiate_by_the_images_before_it(own):
  """And with the very factors that D has seen: R1 of factor * weights @ image."""
  discriminator, variables, batch, fakes, weights = begin(own | {'penalty.r1': 1.0, 'penalty.r2': 1.0})
  verdict = discriminator.d_loss(variables, batch, batch['image'], fakes['image'], RNG)
  for name, outputs, images in (('r1', verdict.real, batch['image']), ('r2', verdict.fake, fakes['image'])):
    squares = factors(outputs, images, weights) ** 2 * (weights**2).sum()
    np.testing.assert_allclose(verdict.metrics[name], 0.5 * squares.mean(), rtol=1e-4)


def test_its_state_changes_with_d_by_its_own_rule(own):
  discriminator, variables, batch, fakes, _ = begin(own | {'augment.rate': 0.25})
  assert variables['d_state'] == {'augmentation': {'strength': 2.0}}
  verdict = discriminator.d_loss(variables, batch, batch['image'], fakes['image'], RNG)
  apart = verdict.real['logits'].mean() - verdict.fake['logits'].mean()
  np.testing.assert_allclose(verdict.new['d_state']['augmentation']['strength'], 2 + 0.25 * apart, rtol=1e-5)
  assert discriminator.g_loss(variables, batch, batch['image'], fakes['image'], RNG).new == {}

  def strength(params):
    after = {**variables, 'd': {'params': params}}
    new = discriminator.d_loss(after, batch, batch['image'], fakes['image'], RNG).new
    return new['d_state']['augmentation']['strength']

  assert all((slope == 0).all() for slope in jax.tree.leaves(jax.grad(strength)(variables['d']['params'])))


@pytest.mark.long
def test_a_run_keeps_its_state(own, tiny):
  config = tiny(*(f'{field}={value}' for field, value in own.items()), 'augment.rate=1')
  dataset = data.make(config)
  made = experiment.make(config, dataset.spec())
  after, metrics = jax.jit(made.train_step())(made.init_state(), dataset)
  strength = after.variables['d_state']['augmentation']['strength']
  np.testing.assert_allclose(strength, 2 + metrics['d/real_logit'] - metrics['d/fake_logit'], rtol=1e-5)
  assert set(after.opt_state) == {'g', 'd'}


def test_without_a_name_images_are_shown_as_they_are():
  discriminator, variables, batch, fakes, weights = begin({})
  assert set(variables) == {'g', 'd'}
  verdict = discriminator.d_loss(variables, batch, batch['image'], fakes['image'], RNG)
  np.testing.assert_allclose(factors(verdict.fake, fakes['image'], weights), 1, rtol=1e-5)


def test_an_unknown_augmentation_lists_the_known_ones():
  with pytest.raises(errors.UserError, match=r"name in gans\.augmentations 'non'; did you mean 'none'"):
    configs.get('dcgan_digits', {'augment.name': 'non'})
