"""One step: who learns what, from which fakes, and that all is a function of (seed, step)."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import ROOT, TINY

from gan_jax import configs, data, errors, gans
from gan_jax.devices import compilation
from gan_jax.gans import contract
from gan_jax.gans.parts.rematerialised import rematerialised
from gan_jax.training import experiment, step
from gan_jax.training.state import init_state


def make(*overrides, base=TINY):
  """(experiment, dataset) of tiny networks; overrides as 'field=value'."""
  fields = [tuple(text.split('=', 1)) for text in (*base, *overrides)]
  options = configs.load(ROOT / 'configs/dcgan_digits.py:test', fields, notice=lambda _: None)
  dataset = data.make(options)
  return experiment.make(options, dataset.spec()), dataset


def run(made, dataset, steps=1, state=None):
  one = jax.jit(made.train_step())
  state = made.init_state() if state is None else state
  for _ in range(steps):
    state, metrics = one(state, dataset)
  return state, metrics


def equal(one, other):
  return all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True))


def close(one, other, tolerance):
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=tolerance, rtol=0), one, other)


def ready(made, dataset):
  """(state, the Round that is played, another key) as the step has them before D's update."""
  state = made.init(0)
  drawn = dataset.batch(0, 0)
  batch = contract.join(drawn, made.gan.draw(jax.random.key(1), drawn), state.step)
  play_rng, rng = jax.random.split(jax.random.key(3))
  played = step.play(made.gan, state.variables, batch, play_rng)
  return state, step.Round(drawn, batch, play_rng, played), rng


@pytest.mark.long
def test_a_d_step_leaves_g_untouched_and_the_other_way_round():
  made, dataset = make(base=('train.batch_size=4',))  # the DCGAN: it has batch statistics too

  @jax.jit
  def both():
    state, now, rng = ready(made, dataset)
    after_d, _ = step.update_d(made.game(), state, now, rng)
    return state, after_d, step.update_g(made.game(), after_d, now, rng)[0]

  state, after_d, after_g = both()
  assert equal(after_d.variables['g']['params'], state.variables['g']['params'])
  assert equal(after_d.opt_state['g'], state.opt_state['g'])
  assert not equal(after_d.variables['d']['params'], state.variables['d']['params'])
  assert equal(after_g.variables['d']['params'], after_d.variables['d']['params'])
  assert equal(after_g.opt_state['d'], after_d.opt_state['d'])
  assert not equal(after_g.variables['g']['params'], state.variables['g']['params'])


@pytest.mark.long
def test_g_learns_from_the_new_d_with_the_gradient_of_the_whole_composition():
  made, dataset = make('g_optimizer.name=sgd', 'g_optimizer.learning_rate=1')
  state, now, rng = ready(made, dataset)
  state, _ = step.update_d(made.game(), state, now, rng)
  after, _ = step.update_g(made.game(), state, now, rng)

  def composed(params):
    variables = contract.with_params(state.variables, 'g', params)
    fakes, _ = made.gan.generate(variables, now.batch, now.key, train=True)
    return made.gan.g_loss(variables, now.batch, fakes, rng)[0]

  params = state.variables['g']['params']
  wanted = jax.tree.map(lambda param, grad: param - grad, params, jax.grad(composed)(params))
  close(after.variables['g']['params'], wanted, 1e-6)


def test_the_generator_runs_forward_once_where_latents_are_shared():
  def dots(*overrides):
    made, dataset = make(*overrides)
    one = made.train_step()
    return str(jax.make_jaxpr(one)(made.init_state(), dataset)).count('dot_general')

  shared, fresh = dots('train.latents=shared'), dots('train.latents=fresh')
  forward = 3  # dense layers of the MLP generator: two hidden and the image
  assert fresh == shared + forward


@pytest.mark.long
@pytest.mark.parametrize('loss', ['non_saturating', 'relativistic'])
def test_accumulating_equals_the_whole_batch(loss):
  fields = (f'loss={loss}', 'g_optimizer.name=sgd', 'd_optimizer.name=sgd')
  whole, _ = run(*make(*fields), steps=2)
  parts, _ = run(*make(*fields, 'train.accumulate=4'), steps=2)
  close(parts.variables, whole.variables, 1e-6)


@pytest.mark.parametrize('count', [1, 4])
def test_parts_of_a_batch_have_randomness_of_their_own(count):
  made, _ = make(f'train.accumulate={count}')
  key, batch = jax.random.key(0), {'step': jnp.int32(0), 'image': jnp.zeros((8, 2))}

  def gradient(variables, batch, k=None):
    return jax.random.normal(step.apart(key, k)), {}, variables

  mean, _, _ = step.accumulated(made.game(), gradient, {}, batch)
  keys = [key] if count == 1 else [jax.random.fold_in(key, k) for k in range(count)]
  np.testing.assert_allclose(mean, np.mean([jax.random.normal(one) for one in keys]), rtol=1e-6)


@pytest.mark.long
def test_every_d_update_sees_a_batch_of_its_own():
  seen = []
  made, dataset = make('train.d_steps=3', 'train.g_steps=2')

  class Recorder:
    def batch(self, seed, index):
      seen.append(int(index))
      return dataset.batch(seed, index)

  one = made.train_step()
  state = made.init_state()
  for _ in range(2):
    state, _ = one(state, Recorder())
  assert seen == [0, 1, 2, 3, 4, 5]


@pytest.mark.long
def test_a_step_is_a_function_of_seed_step_and_rollbacks():
  made, dataset = make()
  first, again = run(made, dataset, 2)[0], run(made, dataset, 2)[0]
  assert equal(first, again)
  other = run(made, dataset, 2, made.init_state().replace(rollbacks=jnp.int32(1)))[0]
  assert not equal(first.variables, other.variables)


def test_several_steps_a_dispatch_are_the_same_steps():
  made, dataset = make()
  single, _ = run(made, dataset, 4)
  state, metrics = compilation.make(made.train_step(), 4)(made.init_state(), dataset)
  close(state.variables, single.variables, 1e-6)
  assert metrics['d/loss'].shape == (4,)


CONVOLUTIONAL = (
  'generator.width=8', 'discriminator.name=dcgan', 'discriminator.width=4', 'discriminator.strides=(2, 2)',
  'discriminator.norm=(False, True)', 'train.batch_size=8',
)  # fmt: skip


@pytest.mark.long
def test_rematerialisation_holds_less_and_learns_the_same():
  held = {}
  for remat in ('False', 'True'):
    made, dataset = make(f'train.remat={remat}', base=CONVOLUTIONAL)
    gan = rematerialised(made.gan) if remat == 'True' else made.gan
    data = dataset.batch(0, 0)
    batch = contract.join(data, gan.draw(jax.random.key(0), data), 0)
    played = step.play(gan, made.init_state().variables, batch, jax.random.key(1))
    bytes_held = sum(leaf.nbytes for leaf in jax.tree.leaves(played.pullback))
    held[remat] = bytes_held, run(made, dataset, 2)[0].variables
  assert held['True'][0] < 0.7 * held['False'][0]
  close(held['True'][1], held['False'][1], 1e-5)


@pytest.mark.long
def test_bfloat16_computes_in_it_and_keeps_the_rest_in_float32():
  made, dataset = make('train.dtype=bfloat16', base=CONVOLUTIONAL)
  text = str(jax.make_jaxpr(made.train_step())(made.init_state(), dataset))
  assert ':bf16[8,' in text
  state, metrics = run(made, dataset, 2)
  assert {leaf.dtype for leaf in jax.tree.leaves((state.variables, state.opt_state, state.ema))} <= {
    jnp.dtype('float32'), jnp.dtype('int32')
  }  # fmt: skip
  assert {value.dtype for value in metrics.values()} == {jnp.dtype('float32')}
  whole, whole_metrics = run(*make(base=CONVOLUTIONAL), 2)
  np.testing.assert_allclose(metrics['d/loss'], whole_metrics['d/loss'], rtol=0.05)
  assert not equal(state.variables, whole.variables)


def test_fakes_without_a_gradient_are_refused():
  made, dataset = make()

  def generate(variables, batch, rng, train):
    fakes, new = made.gan.generate(variables, batch, rng, train)
    return {**fakes, 'tokens': {'best': (fakes['image'] > 0).astype(jnp.int32)}}, new

  gan = dataclasses.replace(made.gan, generate=generate)
  one = step.make_step(dataclasses.replace(made.game(), gan=gan))
  with pytest.raises(
    ValueError, match='fakes/tokens/best is int32, which has no gradient: give probabilities'
  ):
    jax.eval_shape(one, made.init_state(), dataset)


def test_collections_that_init_did_not_make_are_refused():
  """They would be lost, or change what is compiled and what is saved."""
  variables = {'g': {'params': 1, 'batch_stats': 2}, 'd': {'params': 3}}
  merged = contract.merge(variables, {'g': {'batch_stats': 4}})
  assert merged == {'g': {'params': 1, 'batch_stats': 4}, 'd': {'params': 3}}
  assert variables['g']['batch_stats'] == 2
  for new, name in (({'d': {'batch_stats': 5}}, 'd/batch_stats'), ({'pool': {'images': 5}}, 'pool/images')):
    with pytest.raises(ValueError, match=f'{name} is new: init'):
      contract.merge(variables, new)


@pytest.mark.long
@pytest.mark.parametrize(
  'field',
  ['penalty.r1=1', 'penalty.r2=1', 'penalty.gp=10', 'instance_noise.sigma=0.1', 'label_smoothing=0.1',
   'd_optimizer.clip_weights=0.01', 'g_optimizer.clip_gradient=1', 'train.ema_decay=0', 'latents.law=uniform',
   'latents.law=truncated_normal', 'loss=wasserstein', 'loss=hinge', 'loss=least_squares', 'loss=minimax',
   'loss=relativistic_average', 'g_optimizer.schedule=cosine', 'penalty.every=2',
   'train.ema_half_life=1000', 'train.ema_stds=0.05,0.1'],
)  # fmt: skip
def test_every_option_trains_and_reports(field):
  state, metrics = run(*make(field), steps=1)
  assert {'d/loss', 'd/real_logit', 'd/fake_logit', 'g/loss'} <= set(metrics)
  assert all(np.isfinite(value) for value in metrics.values())
  assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state.variables))
  if 'clip_weights' in field:
    assert all(np.abs(leaf).max() <= 0.01 for leaf in jax.tree.leaves(state.variables['d']['params']))


def test_the_loss_on_real_and_on_generated_images_is_reported_apart():
  _, metrics = run(*make('penalty.r1=1', 'penalty.r2=0'), steps=1)
  parts = metrics['d/real_loss'] + metrics['d/fake_loss'] + metrics['d/r1']
  np.testing.assert_allclose(metrics['d/loss'], parts, rtol=1e-5)


def test_latents_have_the_law_that_was_asked_for():
  for law, low, high, deviation in [
    ('uniform', -1, 1, 3**-0.5),
    ('truncated_normal', -2, 2, 0.88),
    ('normal', -9, 9, 1),
  ]:
    made, _ = make(f'latents.law={law}')
    latents = made.gan.draw(jax.random.key(0), {'image': jnp.zeros((4000, 1))})['latents']
    assert latents.min() >= low
    assert latents.max() <= high
    assert float(latents.std()) == pytest.approx(deviation, abs=0.01)
    made, _ = make(f'latents.law={law}', 'latents.dim=5', 'latents.signs=3')
    latents = made.gan.draw(jax.random.key(0), {'image': jnp.zeros((4000, 1))})['latents']
    assert jnp.all(jnp.abs(latents[:, :3]) == 1)
    np.testing.assert_allclose(np.corrcoef(latents.T), np.eye(5), atol=0.06)
    assert float(latents[:, 3:].std()) == pytest.approx(deviation, abs=0.02)


def test_there_are_no_more_signs_than_latents():
  with pytest.raises(errors.UserError, match=r'signs=4 of latents\.dim=3'):
    make('latents.dim=3', 'latents.signs=4')


def test_names_that_hide_data_are_refused():
  with pytest.raises(ValueError, match='image'):
    contract.join({'image': 1}, {'image': 2}, 0)


def test_a_gan_without_a_discriminator_trains():
  made, dataset = make()

  def g_loss(variables, batch, fakes, rng):
    loss = jnp.mean((fakes['image'] + 1) ** 2)
    return loss, ({}, {'loss': loss})

  init = lambda rng, batch: {'g': made.gan.init(rng, batch)['g']}
  alone = gans.GAN(init, made.gan.draw, made.gan.generate, None, None, g_loss)
  tx = {'g': made.optimizers['g']}
  state = init_state(alone, tx, made.spec.zeros(), 0, made.config.train)
  one = jax.jit(step.make_step(step.Game(alone, tx, made.config.train)))
  losses = []
  for _ in range(4):
    state, metrics = one(state, dataset)
    losses.append(float(metrics['g/loss']))
  assert set(state.variables) == {'g'}
  assert losses == sorted(losses, reverse=True)
