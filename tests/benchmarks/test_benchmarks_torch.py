"""The PyTorch side of the benchmarks plays the same game: same networks, same numbers, same updates."""

import dataclasses
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import configs, data
from gan_jax.data.dataset import Dataset
from gan_jax.data.spec import Spec
from gan_jax.runs.folder import Run
from gan_jax.training import experiment

torch = pytest.importorskip('torch')
from mirror import copy, scrambled, to_numpy, to_torch  # noqa: E402

from benchmarks import mnist, torch_dcgan, torch_game, torch_networks, torch_translation, works  # noqa: E402

torch.set_num_threads(1)  # such small networks gain nothing by more, and lose much where cores are busy

GAMES = {
  'dcgan_mnist': (),
  'dcgan_avatar': (),
  'mlp_mnist': (),
  'dcgan_mnist with r1': ('penalty.r1=1',),
  'dcgan_celeba_like': ('data.size=(32,32)',),
}


@pytest.fixture(scope='module', params=GAMES)
def game(request):
  """(config, Dataset of random images, Experiment, its first state) of a config's test form."""
  fields = [tuple(field.split('=')) for field in GAMES[request.param]]
  config = configs.load(f'configs/{request.param.split()[0]}.py:test', fields)
  shape, size = (*config.data.size, config.data.channels), config.train.batch_size
  pixels = np.random.default_rng(0).integers(0, 256, (4 * size, *shape), np.uint8)
  dataset = Dataset({'image': pixels}, len(pixels), size, shape)
  one = experiment.make(config, dataset.spec())
  return config, dataset, one, one.init_state()


@pytest.fixture
def config():
  return configs.load('configs/dcgan_mnist.py:test')


def copied(config, variables):
  """The PyTorch parts with our variables in them."""
  shape = (*config.data.size, config.data.channels)
  parts = torch_game.make(config, shape)
  for side, options in (('g', config.generator), ('d', config.discriminator)):
    halved = math.prod(options.get('strides', (1,)))
    copy(variables[side], parts[side], [length // halved for length in shape[:2]], options.name == 'dcgan')
  return parts


def test_the_full_networks_have_as_many_parameters():
  full = configs.load('configs/dcgan_mnist.py')
  spec = lambda side: Spec({'image': jax.ShapeDtypeStruct((64, side, side, 1), jnp.float32)})
  assert min(torch_networks.parameters(full, spec(28)).values()) > 100_000
  with pytest.raises(ValueError, match='not the same networks'):
    torch_networks.parameters(full, spec(30))


def test_initial_weights_follow_the_same_law(game):
  """Uniform: the largest weight of a layer tells the law's only number; normal: the deviation does."""
  config, dataset, _, state = game
  torch.manual_seed(0)
  fresh, parts = torch_game.make(config, dataset.image_shape), copied(config, state.variables)
  for side, options in (('g', config.generator), ('d', config.discriminator)):
    size = (
      (lambda weight: weight.std())
      if options.initializer == 'normal'
      else (lambda weight: weight.abs().max())
    )
    theirs, ours = fresh[side].state_dict(), parts[side].state_dict()
    for name, weight in theirs.items():
      if weight.ndim > 1 and weight.numel() > 400:
        assert size(weight).item() == pytest.approx(size(ours[name]).item(), rel=0.1), name
      elif weight.ndim == 1:
        assert torch.equal(weight, ours[name]), name


@pytest.mark.parametrize('train', [False, True])
def test_generators_make_the_same_images(game, train):
  config, _, one, state = game
  rng = np.random.default_rng(0)
  variables = scrambled(state.variables, rng)
  parts = copied(config, variables)
  latents = rng.uniform(-1, 1, (8, config.latents.dim)).astype(np.float32)
  fakes, new = one.gan.generate(variables, {'latents': latents}, jax.random.key(0), train=train)
  images = parts['g'].train(train)(torch.from_numpy(latents))
  ours, theirs = fakes['image'], to_numpy(images)
  if config.generator.name == 'mlp':  # no mirror: it has no sides
    theirs = theirs[:, ::-1, ::-1]
  np.testing.assert_allclose(theirs, ours, atol=1e-3 * np.abs(ours).max())
  if train:
    norms = [layer for layer in parts['g'] if isinstance(layer, torch.nn.BatchNorm2d)]
    for i, norm in enumerate(norms):
      np.testing.assert_allclose(
        norm.running_mean, new['g']['batch_stats'][f'BatchNorm_{i}']['mean'], atol=1e-5
      )


def test_discriminators_give_the_same_logits(game):
  config, dataset, one, state = game
  rng = np.random.default_rng(1)
  variables = scrambled(state.variables, rng)
  parts = copied(config, variables)
  images = rng.uniform(-1, 1, (8, *dataset.image_shape)).astype(np.float32)
  ours = one.gan.discriminate(variables, {}, images)['logits']
  np.testing.assert_allclose(parts['d'].eval()(seen(config, images)).detach(), ours, atol=1e-4)
  assert np.std(ours) > 1e-4


def seen(config, images):
  """Images as PyTorch's discriminator wants them to see what ours sees."""
  mirrored = config.discriminator.name == 'dcgan'
  return to_torch(images if mirrored else np.asarray(images)[:, ::-1, ::-1])


@pytest.mark.long
def test_three_steps_from_the_same_state_go_the_same_way(game):
  """The losses after an update depend on all of it: the order of play, the gradients, Adam."""
  config, dataset, one, state = game
  latents = np.random.default_rng(2).uniform(-1, 1, (config.train.batch_size, config.latents.dim))
  latents = latents.astype(np.float32)
  gan = dataclasses.replace(one.gan, draw=lambda rng, batch: {'latents': jnp.asarray(latents)})
  one_step = jax.jit(dataclasses.replace(one, gan=gan).train_step())
  parts = copied(config, state.variables)
  for i in range(3):
    real = dataset.batch(config.seed, i)['image']
    state, ours = one_step(state, dataset)
    theirs = torch_game.step(parts, config, seen(config, real), itertools.repeat(torch.from_numpy(latents)))
    for name, loss in theirs.items():
      assert loss.item() == pytest.approx(float(ours[name]), abs=1e-3), (i, name)


def test_a_run_in_two_parts_ends_where_a_straight_one_does(config, tmp_path, monkeypatch):
  monkeypatch.setattr(torch_game, 'fastest', lambda *_: {'layout': 'NCHW'})
  images = data.make(config).arrays['image']
  straight, parted = Run(tmp_path / 'straight'), Run(tmp_path / 'parted')
  torch_dcgan.train(config, straight, images, 2, 3, notice=lambda _: None)
  for epochs in (1, 2):
    torch_dcgan.train(config, parted, images, epochs, 3, notice=lambda _: None)
  one, other = (torch_dcgan.generate(config, run, (28, 28, 1), 2, 4) for run in (straight, parted))
  np.testing.assert_array_equal(one, other)
  assert one.shape == (4, 28, 28, 1)
  assert [row['step'] for row in parted.rows()] == list(range(1, 7))


@pytest.mark.parametrize('name', ['pix2pix', 'cyclegan'])
def test_translators_in_pytorch_have_as_many_params_and_learn(name):
  config = configs.load(f'configs/{name}.py:test')
  dataset = works.dataset(config, 8, images=works.WORKS[name].images)
  variables = jax.eval_shape(experiment.make(config, dataset.spec()).init, 0).variables
  parts = torch_translation.make(config, dataset)
  for side in 'gd':
    ours = sum(leaf.size for leaf in jax.tree.leaves(variables[side]['params']))
    assert ours == sum(p.numel() for network in parts[side] for p in network.parameters())
  batch = [torch.rand(2, 3, 64, 64) * 2 - 1 for _ in 'ab']
  losses = [parts['step'](parts, config, *batch)['g/loss'].item() for _ in range(20)]
  assert losses[-1] < losses[0]


@pytest.mark.long
def test_our_side_of_mnist_makes_images_of_raw_and_of_averaged_weights(config, tmp_path):
  config.sample.every = config.checkpoint.every = 2
  run = Run(tmp_path / 'ours')
  assert mnist.train_ours(config, run, None, 2, 2)
  first, last = (mnist.generate_ours(config, run, epoch, 2, 3) for epoch in (1, 2))
  for weights in ('raw', 'averaged'):
    assert first[weights].shape == last[weights].shape == (3, 28, 28, 1)
    assert np.abs(first[weights] - last[weights]).max() > 0
  assert np.abs(last['raw'] - last['averaged']).max() > 0
