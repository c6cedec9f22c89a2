"""Packs of images: what penalties and conditions make of them; and D's reconstructions as a penalty."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from gan_jax import configs, data, errors, gans
from gan_jax.data.spec import Spec
from gan_jax.gans import penalties
from gan_jax.gans.parts import features
from gan_jax.gans.parts.discriminator import Discriminator
from gan_jax.gans.penalties import reconstruction
from gan_jax.models import layers
from gan_jax.training import experiment

RNG = jax.random.key(0)
CONDITIONAL = {'gan.name': 'conditional', 'discriminator.pack': 2}


class Linear(nn.Module):
  """Images [B, ...] to logits [B], linear in them."""

  @nn.compact
  def __call__(self, images, train=False):
    return {'logits': nn.Dense(1, use_bias=False)(images.reshape(len(images), -1))[:, 0]}


class Rebuilding(nn.Module):
  """Images [B, ...] to logits, with what is rebuilt: a param times the images; and the images."""

  @nn.compact
  def __call__(self, images, train=False):
    strength = self.param('strength', nn.initializers.constant(0.25), ())
    pairs = {'all': (strength * images, images), 'first': (strength * images[:, :1], images[:, :1])}
    return {'logits': images.sum((1, 2, 3)), 'reconstructions': pairs}


def play(network, **fields):
  """(loss, metrics, variables, real images) of a D."""
  config = configs.get('dcgan_digits', fields, notice=lambda _: None)
  discriminator = Discriminator(config, network)
  real, fake = jax.random.normal(RNG, (2, 6, 3, 3, 1))
  batch = {'image': real, 'step': jnp.int32(0)}
  init = discriminator.with_state(lambda rng, batch: {'g': {}, 'd': network.init(rng, batch['image'])})
  variables = jax.jit(init)(RNG, batch)
  loss, (_, metrics) = jax.jit(discriminator.tell_apart)(variables, batch, {'image': fake}, RNG)
  return loss, metrics, variables, real


@pytest.mark.parametrize('count', [1, 2, 3])
def test_r1_and_r2_of_packs_are_those_of_the_network_of_packs(count):
  """Half of the squared gradient by all images of a pack: of a linear D, of all of its weights."""
  network = layers.Packed(Linear(), count)
  fields = {'penalty.r1': 1.0, 'penalty.r2': 1.0, 'discriminator.pack': count}
  _, metrics, variables, _ = play(network, **fields)
  kernel = variables['d']['params']['inside']['Dense_0']['kernel']
  assert kernel.shape == (9 * count, 1)
  for name in ('r1', 'r2'):
    np.testing.assert_allclose(metrics[name], 0.5 * (kernel**2).sum(), rtol=1e-5)


@pytest.mark.parametrize('count', [1, 2, 3])
@pytest.mark.parametrize(('name', 'target'), [('gp', 1.0), ('dragan', 1.0), ('gp0', 0.0)])
def test_gradients_of_packs_are_held_to_the_length_that_those_of_images_are(count, name, target):
  """Wherever it is taken that of a linear D is its weights, which differ between the images of a pack."""
  fields = {f'penalty.{name}': 1.0, 'discriminator.pack': count}
  _, metrics, variables, _ = play(layers.Packed(Linear(), count), **fields)
  kernel = variables['d']['params']['inside']['Dense_0']['kernel']
  np.testing.assert_allclose(metrics[name], (np.linalg.norm(kernel) - target) ** 2, rtol=1e-4)


@pytest.mark.parametrize('way', ['auxiliary', 'softmax'])
def test_ways_to_read_single_images_are_refused_for_packs(way):
  fields = {**CONDITIONAL, 'condition.name': way}
  config = configs.get('dcgan_digits:test', fields, notice=lambda _: None)
  shapes = {'image': (2, 16, 16, 1), 'label': (2,)}
  spec = Spec(
    {name: jax.ShapeDtypeStruct(shape, 'float32') for name, shape in shapes.items()}, label_names=('a', 'b')
  )
  with pytest.raises(errors.UserError, match=r'reads single images: set discriminator\.pack=1') as error:
    gans.make(config, spec)
  assert '\n' not in str(error.value)


@pytest.mark.long
@pytest.mark.parametrize('way', ['concat', 'projection'])
def test_other_ways_take_packs_with_spectral_norm(way, tiny):
  fields = {**CONDITIONAL, 'condition.name': way, 'discriminator.spectral_norm': True, 'penalty.r1': 1.0}
  config = tiny(*(f'{name}={value}' for name, value in fields.items()))
  dataset = data.make(config)
  made = experiment.make(config, dataset.spec())
  after, metrics = jax.jit(made.train_step())(made.init_state(), dataset)
  assert all(np.isfinite(value) for value in metrics.values())
  assert 'spectral' in after.variables['d']
  normed = str(jax.tree.structure(after.variables['d']['spectral']))
  assert ('SpectralNorm_0' in normed) == (way == 'projection')  # that of the condition, too


def test_reconstructions_are_compared_by_pixels():
  plain = play(Rebuilding())[0]
  loss, metrics, _, real = play(Rebuilding(), **{'penalty.reconstruction': 2.0})
  expected = 0.75 * (np.abs(real).mean() + np.abs(real[:, :1]).mean())
  np.testing.assert_allclose(metrics['reconstruction'], expected, rtol=1e-5)
  np.testing.assert_allclose(loss, plain + 2 * expected, rtol=1e-5)


def test_reconstructions_are_compared_by_features_of_a_run_too(trained):
  """Those of its discriminator, which is state of the penalty and stays as it is."""
  options = {'features': str(trained)}
  penalty = reconstruction.make(options)
  state = penalty.init()
  seen = jax.random.normal(RNG, (6, 16, 16, 1))
  told = {'reconstructions': {'all': (0.5 * seen, seen)}}
  context = penalties.Context(None, seen, seen, told, {}, RNG, 0, None, None, {})
  look, variables = features.load(str(trained))
  apart = look(variables, 0.5 * seen) - look(variables, seen)
  expected = np.abs(0.5 * seen).mean() + (apart**2).mean()
  np.testing.assert_allclose(penalty.term(context, state), expected, rtol=1e-4)
  assert penalty.update(context, state) is state


def test_a_discriminator_that_rebuilds_nothing_is_refused():
  with pytest.raises(errors.UserError, match=r'rebuilds images, as discriminator\.name=fastgan') as error:
    play(Linear(), **{'penalty.reconstruction': 1.0})
  assert '\n' not in str(error.value)
