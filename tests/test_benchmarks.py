"""The PyTorch side of the benchmarks plays the same game: same networks, same numbers, same updates."""

import dataclasses
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import config as configs
from gan_jax import data, experiment, runs, step

torch = pytest.importorskip('torch')
from benchmarks import torch_dcgan, torch_networks  # noqa: E402

torch.set_num_threads(1)  # such small networks gain nothing by more, and lose much where cores are busy
MIRROR = np.s_[::-1, ::-1]  # PyTorch pads on the other side: see torch_networks


@pytest.fixture(scope='module')
def config():
  return configs.load('configs/dcgan_mnist.py:test')


@pytest.fixture(scope='module')
def made(config):
  return experiment.make(config, experiment.batch_spec(data.make(config)))


@pytest.fixture(scope='module')
def state(made):
  return made.init_state()


def scrambled(variables, rng):
  """The variables with random running statistics, small ones so that the images keep some contrast."""
  scramble = lambda stat: jnp.asarray(rng.uniform(0.01, 0.02, stat.shape), jnp.float32)
  return {
    side: {**parts, 'batch_stats': jax.tree.map(scramble, parts['batch_stats'])}
    for side, parts in variables.items()
  }


def copied(config, variables):
  """The PyTorch parts with our variables in them."""
  parts = torch_dcgan.make(config)
  for side in ('g', 'd'):
    copy(variables[side], parts[side], tuple(length // 4 for length in config.data.size))
  return parts


def copy(ours, network, map_size):
  """Puts our collections into the network's layers, which come in the same order."""
  seen = {}
  for layer in network:
    kind = re.sub('2d', '', type(layer).__name__).replace('Linear', 'Dense')
    name = f'{kind}_{seen.setdefault(kind, 0)}'
    seen[kind] += 1
    if name in ours['params']:
      layer.load_state_dict(translate(kind, name, ours, map_size), strict=False)


def translate(kind, name, ours, map_size):
  params = jax.tree.map(np.asarray, ours['params'][name])
  if kind == 'BatchNorm':
    stats = ours['batch_stats'][name]
    pairs = dict(
      weight=params['scale'], bias=params['bias'], running_mean=stats['mean'], running_var=stats['var']
    )
  elif kind == 'Dense' and params['kernel'].shape[1] == 1:
    maps = params['kernel'].reshape(*map_size, -1)[MIRROR]
    pairs = dict(weight=maps.transpose(2, 0, 1).reshape(1, -1))
  elif kind == 'Dense':
    maps = params['kernel'].reshape(len(params['kernel']), *map_size, -1)[:, ::-1, ::-1]
    pairs = dict(weight=maps.transpose(3, 1, 2, 0).reshape(-1, len(maps)))
  else:
    order = dict(Conv=(3, 2, 0, 1), ConvTranspose=(2, 3, 0, 1))[kind]
    pairs = dict(weight=params['kernel'][MIRROR].transpose(order))
  return {key: torch.from_numpy(np.array(value)) for key, value in pairs.items()}


def to_torch(images):
  """[B, H, W, C] to PyTorch's [B, C, H, W], mirrored."""
  return torch.from_numpy(np.array(np.asarray(images)[:, ::-1, ::-1])).movedim(-1, 1)


def to_numpy(images):
  return images.detach().movedim(1, -1).numpy()[:, ::-1, ::-1]


def test_the_full_networks_have_as_many_parameters():
  full = configs.load('configs/dcgan_mnist.py')
  spec = {'image': jax.ShapeDtypeStruct((64, 28, 28, 1), jnp.float32)}
  assert min(torch_networks.parameters(full, spec).values()) > 100_000
  with pytest.raises(ValueError, match='not the same networks'):
    torch_networks.parameters(full, {'image': jax.ShapeDtypeStruct((64, 28, 28, 3), jnp.float32)})


def test_initial_weights_follow_the_same_law(config, state):
  """Uniform: the largest weight of a layer tells the law's only number."""
  torch.manual_seed(0)
  fresh, parts = torch_dcgan.make(config), copied(config, state.variables)
  for side in ('g', 'd'):
    theirs, ours = fresh[side].state_dict(), parts[side].state_dict()
    for name, weight in theirs.items():
      if weight.ndim > 1 and weight.numel() > 150:
        assert weight.abs().max().item() == pytest.approx(ours[name].abs().max().item(), rel=0.05), name
      elif weight.ndim == 1:
        assert torch.equal(weight, ours[name]), name


@pytest.mark.parametrize('train', [False, True])
def test_generators_make_the_same_images(config, made, state, train):
  rng = np.random.default_rng(0)
  variables = scrambled(state.variables, rng)
  parts = copied(config, variables)
  latents = rng.uniform(-1, 1, (8, config.latents.dim)).astype(np.float32)
  fakes, new = made.gan.generate(variables, {'latents': latents}, jax.random.key(0), train=train)
  images = parts['g'].train(train)(torch.from_numpy(latents))
  np.testing.assert_allclose(to_numpy(images), fakes['image'], atol=1e-4)
  assert np.abs(fakes['image']).max() > 0.1
  if train:
    norms = [layer for layer in parts['g'] if isinstance(layer, torch.nn.BatchNorm2d)]
    for i, norm in enumerate(norms):
      np.testing.assert_allclose(
        norm.running_mean, new['g']['batch_stats'][f'BatchNorm_{i}']['mean'], atol=1e-5
      )


def test_discriminators_give_the_same_logits(config, made, state):
  rng = np.random.default_rng(1)
  variables = scrambled(state.variables, rng)
  parts = copied(config, variables)
  images = rng.uniform(-1, 1, (8, 28, 28, 1)).astype(np.float32)
  ours = made.gan.discriminate(variables, {}, images)['logits']
  np.testing.assert_allclose(parts['d'].eval()(to_torch(images)).detach(), ours, atol=1e-4)
  assert np.std(ours) > 0.01


def test_three_steps_from_the_same_state_go_the_same_way(config, made, state):
  """The losses after an update depend on all of it: the order of play, the gradients, Adam."""
  dataset = data.make(config)
  latents = np.random.default_rng(2).uniform(-1, 1, (config.train.batch_size, 100)).astype(np.float32)
  gan = dataclasses.replace(made.gan, draw=lambda rng, batch: {'latents': jnp.asarray(latents)})
  one_step = jax.jit(step.make_step(gan, made.optimizers, config.train))
  parts = copied(config, state.variables)
  for i in range(3):
    real = dataset.batch(config.seed, i)['image']
    state, ours = one_step(state, dataset)
    theirs = torch_dcgan.step(parts, to_torch(real), torch.from_numpy(latents))
    for name, loss in theirs.items():
      assert loss.item() == pytest.approx(float(ours[name]), abs=1e-3), (i, name)


def test_a_run_in_two_parts_ends_where_a_straight_one_does(config, tmp_path, monkeypatch):
  monkeypatch.setattr(torch_dcgan, 'faster_layout', lambda *_: 'NCHW')
  images = data.make(config).arrays['image']
  straight, parted = runs.Run(tmp_path / 'straight'), runs.Run(tmp_path / 'parted')
  torch_dcgan.train(config, straight, images, 2, 3, notice=lambda _: None)
  for epochs in (1, 2):
    torch_dcgan.train(config, parted, images, epochs, 3, notice=lambda _: None)
  one, other = (torch_dcgan.generate(config, run, 2, 4) for run in (straight, parted))
  np.testing.assert_array_equal(one, other)
  assert one.shape == (4, 28, 28, 1)
  assert [row['step'] for row in parted.rows()] == list(range(1, 7))
