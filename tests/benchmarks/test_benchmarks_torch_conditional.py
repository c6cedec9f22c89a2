"""The conditional games of PyTorch's side are ours: as many params, the same numbers, the same updates."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks import works
from gan_jax import configs, errors
from gan_jax.training import experiment

torch = pytest.importorskip('torch')
import mirror  # noqa: E402

from benchmarks import torch_class_networks, torch_conditional  # noqa: E402

torch.set_num_threads(1)
CONSTANT = 'g_optimizer.schedule=constant', 'd_optimizer.schedule=constant'  # PyTorch's side has no schedules
MAPS = (
  *('discriminator.name=dcgan', 'discriminator.width=8', 'discriminator.strides=(2,2)'),
  *('discriminator.norm=(False,False)', 'discriminator.use_bias=True'),
)
GAMES = {
  'cgan_mnist': (),
  'cgan_mnist of maps': (*MAPS, 'condition.generator=batch_norm'),
  'cgan_mnist of planes': (
    *MAPS,
    'condition.name=concat',
    'condition.generator=modulation',
    'generator.norm=(False,True)',
    'loss=non_saturating',
    'penalty.r2=0',
    'penalty.every=2',
  ),
  'acgan_cifar10': ('train.d_steps=2',),
  'acgan_cifar10 with a head': ('condition.name=auxiliary', 'loss=hinge'),
  'projection_cifar10': (),
}
BATCH = 8


@pytest.fixture(scope='module', params=GAMES)
def game(request):
  """(config, Dataset, Experiment, its first state, in which G heeds its classes)."""
  fields = [tuple(field.split('=')) for field in (*CONSTANT, *GAMES[request.param])]
  config = configs.load(f'configs/{request.param.split()[0]}.py:test', fields, notice=lambda _: None)
  dataset = works.dataset(config, 4 * BATCH)
  one = experiment.make(config, dataset.spec())
  state = one.init_state()
  return config, dataset, one, state.replace(variables=lively(state.variables))


def lively(variables):
  """The variables, of a G that heeds its classes and a D whose logits and slopes are not near zero."""
  rng = np.random.default_rng(0)

  def heeding(path, leaf):
    modulation = 'Modulation' in jax.tree_util.keystr(path) and leaf.ndim == 2
    return jnp.asarray(rng.normal(0, 0.3, leaf.shape), jnp.float32) if modulation else leaf

  return {
    'g': jax.tree_util.tree_map_with_path(heeding, variables['g']),
    'd': jax.tree.map(lambda leaf: 5 * leaf if leaf.ndim > 1 else leaf, variables['d']),
  }


def copied(config, dataset, variables):
  """PyTorch's parts with our variables in them."""
  parts = torch_conditional.make(config, dataset)
  place = lambda options: [length // math.prod(options.strides) for length in dataset.image_shape[:2]]
  g, params = variables['g'], jax.tree.map(np.asarray, variables['g']['params'])
  modulated = [layer for layer in parts['g'] if isinstance(layer, torch_class_networks.Modulated)]
  mirror.copy(g, parts['g'], place(config.generator), True)
  for k, layer in enumerate(modulated):
    mirror.put(layer.both, **mirror.weights('vectors', params[f'Modulation_{k}']['Dense_0'], ()))
  normalized = [layer.inside for layer in modulated if hasattr(layer.inside, 'running_mean')]
  for k, layer in enumerate(normalized):
    stats = g['batch_stats'][f'BatchNorm_{k}']
    mirror.put(layer, running_mean=stats['mean'], running_var=stats['var'])
  vectors = config.discriminator.name == 'mlp'
  map_size = (1, 1) if vectors or config.discriminator.pooling != 'none' else place(config.discriminator)
  copy_discriminator(variables['d'], parts['d'], map_size, dataset.image_shape[:2] if vectors else ())
  return parts


def copy_discriminator(ours, network, map_size, size):
  """`size` is that of the images where the first layer reads them as vectors."""
  inside = {name: collection['network'] for name, collection in ours.items()}
  mirror.copy(inside, [*network.features, network.logit], map_size, not size)
  if size:
    first = jax.tree.map(np.asarray, inside['params']['Dense_0'])
    mirror.put(network.features[1], **mirror.weights('reads', first, size))
  params = jax.tree.map(np.asarray, ours['params'])
  if network.embed:
    mirror.put(network.embed, **mirror.weights('Dense', params['Dense_0'], map_size))
  if network.read:
    mirror.put(network.read, **mirror.weights('reads', params['Dense_0'], map_size))


@pytest.mark.parametrize('name', ['cgan_mnist', 'acgan_cifar10', 'projection_cifar10'])
def test_the_full_networks_have_as_many_params(name):
  config = configs.load(f'configs/{name}.py')
  dataset = works.dataset(config, config.train.batch_size)
  variables = jax.eval_shape(experiment.make(config, dataset.spec()).init, 0).variables
  parts = torch_conditional.make(config, dataset)
  for side in 'gd':
    ours = sum(leaf.size for leaf in jax.tree.leaves(variables[side]['params']))
    assert ours == sum(param.numel() for param in parts[side].parameters())
    assert ours > 50_000


def test_images_and_logits_are_the_same_and_heed_the_class(game):
  config, dataset, one, state = game
  variables = mirror.scrambled(state.variables, np.random.default_rng(1))
  parts = copied(config, dataset, variables)
  parts['g'].eval(), parts['d'].eval()
  labels = np.arange(BATCH)
  latents = np.random.default_rng(2).normal(size=(1, config.latents.dim)).astype(np.float32).repeat(BATCH, 0)
  batch = {'latents': latents, 'fake_label': labels}
  fakes, _ = one.gan.generate(variables, batch, jax.random.key(0), train=False)
  vectors = torch.eye(len(works.CLASSES))[:BATCH]
  ours, theirs = fakes['image'], mirror.to_numpy(parts['g'](torch.from_numpy(latents), vectors))
  np.testing.assert_allclose(theirs, ours, atol=1e-3 * np.abs(ours).max())
  assert np.std(ours, 0).max() > 1e-2
  images = np.random.default_rng(3).uniform(-1, 1, (BATCH, *dataset.image_shape)).astype(np.float32)
  outputs = one.gan.discriminate(variables, batch, images)
  logits, read = parts['d'](mirror.to_torch(images), vectors)
  np.testing.assert_allclose(logits.detach(), outputs['logits'], rtol=1e-3, atol=1e-4)
  assert np.std(outputs['logits']) > 1e-2
  if read is not None:
    np.testing.assert_allclose(read.detach(), outputs['label_read'], rtol=1e-3, atol=1e-4)


@pytest.mark.long
def test_steps_from_the_same_state_go_the_same_way(game):
  """The losses after an update depend on all of it: the order of play, penalties, their steps, Adam."""
  config, dataset, one, state = game
  latents = np.random.default_rng(4).normal(size=(BATCH, config.latents.dim)).astype(np.float32)
  draw = lambda rng, batch: {'latents': jnp.asarray(latents), 'fake_label': batch['label'][::-1]}
  game = dataclasses.replace(one, gan=dataclasses.replace(one.gan, draw=draw))
  one_step = jax.jit(game.train_step())
  parts = copied(config, dataset, state.variables)
  parts['draw'] = lambda labels: (torch.from_numpy(latents), labels.flip(0))
  rounds = config.train.d_steps
  for i in range(3):
    batches = [dataset.batch(config.seed, i * rounds + k) for k in range(rounds)]
    images, labels = (np.concatenate([batch[name] for batch in batches]) for name in ('image', 'label'))
    state, ours = one_step(state, dataset)
    theirs = torch_conditional.step(parts, config, mirror.to_torch(images), torch.from_numpy(labels))
    for name, loss in theirs.items():
      assert loss.item() == pytest.approx(float(ours[name]), rel=1e-3), (i, name)
    assert all(value > 0.01 for name, value in ours.items() if name in ('d/r1', 'd/r2'))


def test_another_game_is_refused():
  config = configs.load('configs/cgan_mnist.py:test', [('penalty.gp', '1')])
  with pytest.raises(errors.UserError, match=r'no penalty.gp=1'):
    torch_conditional.make(config, works.dataset(config, BATCH))
