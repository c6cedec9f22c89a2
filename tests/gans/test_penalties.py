"""Penalties by name: their weights, state of their own, those of a user's own module, and what they see."""

import functools
import importlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from ml_collections import ConfigDict

from gan_jax import configs, data, errors, models, regularizers
from gan_jax.configs import fields, sections
from gan_jax.gans import penalties
from gan_jax.gans.parts.discriminator import Discriminator
from gan_jax.training import experiment

RNG = jax.random.key(0)
WEIGHTS = {
  **fields.defaults(sections.options('penalty', '')),
  **dict(r1=2.0, every=1, decay_start=0.5, final_scale=0.01, modules=''),
}
OWN = """
import jax.numpy as jnp
from gan_jax.gans.penalties import Penalty

OPTIONS = {'speed': 0.5}
MADE = []

def make(options):
  MADE.append(options)

  def term(context, state):
    return ((context.real_outputs['logits'] - state['mean']) ** 2).mean()

  def update(context, state):
    mean = state['mean']
    return {'mean': mean + options['speed'] * (context.real_outputs['logits'].mean() - mean)}

  return Penalty(term, lambda: {'mean': jnp.float32(0.25)}, update)
"""


class Linear(nn.Module):
  """Images [B, ...] to logits [B], linear in them, times a number for each."""

  @nn.compact
  def __call__(self, images, factors=1.0, train=False):
    flat = images.reshape(len(images), -1)
    return {'logits': factors * nn.Dense(1, use_bias=False)(flat)[:, 0]}


@pytest.fixture
def own(tmp_path, monkeypatch):
  """A penalty of one's own as a module that can be imported: the squared distance to a running mean."""
  (tmp_path / 'own_penalties').mkdir()
  (tmp_path / 'own_penalties' / 'drift.py').write_text(OWN)
  monkeypatch.syspath_prepend(tmp_path)
  for module in ('own_penalties', 'own_penalties.drift'):
    monkeypatch.delitem(sys.modules, module, raising=False)
  return importlib.import_module('own_penalties.drift')


def begin(fields, **options):
  """(Discriminator, its variables, a batch, fakes) of a linear D."""
  config = configs.get('dcgan_digits', fields, notice=lambda _: None)
  network = Linear()
  discriminator = Discriminator(config, network, **options)
  real, fake = jax.random.normal(RNG, (2, 6, 3, 3, 1))
  batch = {'image': real, 'step': jnp.int32(0)}
  init = discriminator.with_state(lambda rng, batch: {'g': {}, 'd': network.init(rng, batch['image'])})
  return discriminator, init(RNG, batch), batch, {'image': fake}


def at(weights, critic=lambda images, side='real': images.sum(1), progress=0.0):
  """(penalty [], {name: []}) of these weights at points of ones."""
  points = jnp.ones((4, 6))
  gradient = lambda side: regularizers.gradient(lambda images: critic(images, side), points)
  context = penalties.Context(critic, points, points, {}, {}, RNG, jnp.int32(0), gradient, None, {})
  return penalties.Penalties(ConfigDict(weights))(context, {}, progress)[:2]


def test_a_lazy_penalty_is_told_by_a_name_that_says_so_and_as_it_is():
  """Its weighted sum is as much stronger; what is told of it is not, so that runs can be compared."""
  each, often = at(WEIGHTS)
  total, told = at({**WEIGHTS, 'every': 4})
  assert total == 4 * each
  assert told == {regularizers.lazy_name('r1', 4): often['r1']}


def test_each_may_have_an_interval_of_its_own():
  """R1 is 3 here, and the squared difference of the gradient's norm from 1 is (sqrt 6 - 1)^2."""
  total, told = at({**WEIGHTS, 'every': 4, 'gp': 1.0, 'gp_every': 1, 'r1_every': 16})
  assert set(told) == {'r1@16', 'gp'}
  np.testing.assert_allclose(told['r1@16'], 3)
  np.testing.assert_allclose(total, 16 * 2 * 3 + (np.sqrt(6) - 1) ** 2, rtol=1e-5)


def test_weights_hold_then_fall_exponentially():
  found = jax.jit(lambda progress: at(WEIGHTS, progress=progress))
  for progress, scale in ((0, 1), (0.5, 1), (0.75, 0.1), (1, 0.01), (2, 0.01)):
    value, terms = found(progress)
    np.testing.assert_allclose(value, 2 * 3 * scale, rtol=1e-5)
    np.testing.assert_allclose(terms['r1'], 3)  # as it is, before weighting


@pytest.mark.parametrize(
  ('field', 'value', 'words'), [('final_scale', 0.0, 'above 0, not 0.0'), ('decay_start', 1.0, 'in .0, 1.')]
)
def test_weights_cannot_fall_to_nothing_nor_after_the_end(field, value, words):
  options = ConfigDict({**WEIGHTS, field: value})
  with pytest.raises(errors.UserError, match=words):
    penalties.decay(options, 0.5)
  with pytest.raises(errors.UserError, match=words):
    penalties.Penalties(options)


@pytest.mark.parametrize(('name', 'side'), [('r1', 'real'), ('r2', 'fake'), ('gp', 'real')])
def test_each_penalty_asks_about_images_of_one_side(name, side):
  sides = []

  def critic(images, side='real'):
    sides.append(side)
    return images.sum(1)

  _, terms = at({**WEIGHTS, 'r1': 0.0, name: 1.0}, critic)
  assert set(terms) == {name}
  assert sides == [side]


def test_generated_images_are_penalised_with_what_belongs_to_them():
  """The logits of real images are twice as steep, those of fakes thrice."""

  def inputs(batch, images, augment, side):
    return augment(images), {'real': 2.0, 'fake': 3.0}[side]

  discriminator, variables, batch, fakes = begin({'penalty.r1': 1.0, 'penalty.r2': 1.0}, inputs=inputs)
  metrics = discriminator.tell_apart(variables, batch, fakes, RNG)[1][1]
  square = (variables['d']['params']['Dense_0']['kernel'] ** 2).sum()
  np.testing.assert_allclose(metrics['r1'], 0.5 * 4 * square, rtol=1e-5)
  np.testing.assert_allclose(metrics['r2'], 0.5 * 9 * square, rtol=1e-5)


def test_without_a_weight_a_penalty_is_not_even_made(own):
  discriminator, variables, batch, fakes = begin({'penalty.modules': 'own_penalties.drift'})
  loss, (new, metrics) = discriminator.tell_apart(variables, batch, fakes, RNG)
  assert own.MADE == []
  assert set(variables) == {'g', 'd'}
  assert new == {'d': {}}
  assert 'drift' not in metrics
  plain = begin({})[0].tell_apart(variables, batch, fakes, RNG)[0]
  assert loss == plain


def test_a_penalty_of_ones_own_has_state_that_it_updates_itself(own):
  fields = {'penalty.modules': 'own_penalties.drift', 'penalty.drift': 0.5, 'penalty.drift_speed': 0.1}
  discriminator, variables, batch, fakes = begin(fields)
  assert own.MADE == [{'speed': 0.1}]
  assert variables['d_state'] == {'drift': {'mean': 0.25}}
  logits = models.run(Linear(), variables['d'], batch['image'], train=False)[0]['logits']

  @functools.partial(jax.jit, static_argnums=1)
  def play(params, changed):
    after = {**variables, 'd': {'params': params}}
    loss, (new, metrics) = discriminator.tell_apart(after, batch, fakes, RNG)
    return new['d_state']['drift']['mean'] if changed else loss, metrics

  params = variables['d']['params']
  mean, metrics = play(params, True)
  np.testing.assert_allclose(metrics['drift'], ((logits - 0.25) ** 2).mean(), rtol=1e-5)
  np.testing.assert_allclose(mean, 0.25 + 0.1 * (logits.mean() - 0.25), rtol=1e-5)
  unpenalised = begin({})[0].tell_apart(variables, batch, fakes, RNG)[0]
  np.testing.assert_allclose(play(params, False)[0], unpenalised + 0.5 * metrics['drift'], rtol=1e-5)
  to_state, to_loss = (jax.grad(play, has_aux=True)(params, changed)[0] for changed in (True, False))
  assert all((slope == 0).all() for slope in jax.tree.leaves(to_state))
  assert all((slope != 0).any() for slope in jax.tree.leaves(to_loss))


@pytest.mark.long
@pytest.mark.parametrize('accumulate', [1, 2])
def test_state_changes_with_every_update_of_d_and_with_no_other(accumulate, own, tiny):
  """Neither by G's updates nor by an optimizer; of a batch in parts, by each part."""
  fields = ('penalty.modules=own_penalties.drift', 'penalty.drift=1', 'penalty.drift_speed=1')
  config = tiny(*fields, 'train.g_steps=2', f'train.accumulate={accumulate}')
  dataset = data.make(config)
  made = experiment.make(config, dataset.spec())
  after, metrics = jax.jit(made.train_step())(made.init_state(), dataset)
  mean = after.variables['d_state']['drift']['mean']
  assert set(after.opt_state) == {'g', 'd'}
  if accumulate == 1:
    np.testing.assert_allclose(mean, metrics['d/real_logit'], rtol=1e-5)
  else:
    assert mean not in (0.25, metrics['d/real_logit'])  # the second half's


def test_penalties_that_cannot_be_are_named(own):
  with pytest.raises(errors.UserError, match=r"'penalty\.drifts'; did you mean 'penalty\.drift'"):
    configs.get('dcgan_digits', {'penalty.modules': 'own_penalties.drift', 'penalty.drifts': 1.0})
