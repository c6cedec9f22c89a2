"""GAWWN of PyTorch's side is ours: boxes, captions, as many params, the same numbers, the same updates."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks import works
from gan_jax import configs
from gan_jax.data.words import CHARACTERS
from gan_jax.models import layers
from gan_jax.models.characters import Encoder
from gan_jax.training import experiment

torch = pytest.importorskip('torch')
import mirror  # noqa: E402
from torch import nn  # noqa: E402

from benchmarks import torch_boxes, torch_placed, torch_words  # noqa: E402

torch.set_num_threads(1)
BATCH, WIDTH = 4, 8
FIELDS = ('train.batch_size', BATCH), ('gan.reading_widths', (WIDTH, WIDTH)), ('data.size', (32, 32))


@pytest.fixture(scope='module')
def game():
  """(config, Dataset, Experiment, its first state, with weights that are not near zero)."""
  config = configs.load('configs/gawwn_avatars.py:test', [(field, str(value)) for field, value in FIELDS])
  dataset = works.dataset(config, 2 * BATCH)
  one = experiment.make(config, dataset.spec())
  state = one.init_state()
  variables = jax.tree.map(lambda leaf: 5 * leaf if leaf.ndim > 1 else leaf, state.variables)
  return config, dataset, one, state.replace(variables=variables)


def copied(config, dataset, variables):
  """PyTorch's parts with our variables in them. Nothing is mirrored: all padding is even."""
  parts = torch_words.make(config, dataset)
  for side in 'gd':
    params = jax.tree.map(np.asarray, variables[side]['params'])
    stats = jax.tree.map(np.asarray, variables[side]['batch_stats']['inside'])
    copy_network(params['inside'], stats, parts[side], config)
    copy_encoder(params['encoder'], parts[side].read)
  return parts


def copy_network(params, stats, network, config):
  """Puts our arrays in the layers, which were made in the same order."""
  of = lambda kind: [layer for layer in network.modules() if isinstance(layer, kind)]
  for kind, name, axes in (
    (nn.Conv2d, 'Conv', (3, 2, 0, 1)),
    (nn.ConvTranspose2d, 'ConvTranspose', (2, 3, 0, 1)),
  ):
    for k, layer in enumerate(of(kind)):
      ours = params[f'{name}_{k}']
      mirror.put(layer, weight=ours['kernel'].transpose(axes), bias=ours['bias'])
  for k, layer in enumerate(of(nn.BatchNorm2d)):
    mirror.put(layer, **mirror.batch_norm(params[f'BatchNorm_{k}'], stats[f'BatchNorm_{k}']))
  dense = [layer for layer in of(nn.Linear) if layer is not network.read.vector]
  for k, layer in enumerate(dense):
    kernel, bias = params[f'Dense_{k}']['kernel'], params[f'Dense_{k}']['bias']
    if isinstance(network, torch_placed.Generator) and k:  # it makes the smallest maps; one reads them, too
      size = torch_placed.divided(network.size, config.generator.inner_strides)
      kernel = channels_first(kernel, config.latents.dim, size) if k == 1 else kernel
      kernel, bias = channels_first(kernel.T, 0, size).T, channels_first(bias[:, None], 0, size)[:, 0]
    elif k == 1:  # the region's vector, then all of the smallest maps
      kernel = channels_first(kernel, network.within[1][0].out_channels, network.small)
    mirror.put(layer, weight=kernel.T, bias=bias)


def channels_first(rows, start, size):
  """Rows [start + H * W * C, N] with those of the maps as PyTorch flattens them."""
  maps = rows[start:].reshape(*size, -1, rows.shape[1]).transpose(2, 0, 1, 3)
  return np.concatenate([rows[:start], maps.reshape(-1, rows.shape[1])])


def copy_encoder(params, encoder):
  for k, layer in enumerate(encoder.convolutions):
    kernel, bias = params[f'Dense_{k}']['kernel'], params[f'Dense_{k}']['bias']
    weight = kernel.reshape(encoder.kernel, -1, kernel.shape[1]).transpose(2, 1, 0)
    mirror.put(layer, weight=weight, bias=bias)
  cell, last = params['GRUCell_0'], params[f'Dense_{len(encoder.convolutions)}']
  stacked = lambda names: np.concatenate([cell[name]['kernel'].T for name in names])
  biases = np.concatenate([cell[name]['bias'] for name in ('ir', 'iz', 'in')])
  hidden_bias = np.concatenate([np.zeros(2 * len(cell['hn']['bias'])), cell['hn']['bias']])
  weights = dict(weight_ih_l0=stacked(('ir', 'iz', 'in')), weight_hh_l0=stacked(('hr', 'hz', 'hn')))
  mirror.put(encoder.gru, **weights, bias_ih_l0=biases, bias_hh_l0=hidden_bias)
  mirror.put(encoder.vector, weight=last['kernel'].T, bias=last['bias'])


@pytest.mark.parametrize(('name', 'places'), [('paste', torch_boxes.into), ('crop', torch_boxes.out_of)])
def test_boxes_are_pasted_and_cropped_alike(name, places):
  rng = np.random.default_rng(0)
  maps = rng.normal(size=(4, 5, 7, 3)).astype(np.float32)
  boxes = np.array([[0.1, 0.2, 0.6, 0.9], [0, 0, 1, 1], [-0.2, 0.3, 0.4, 1.2], [0.5, 0.5, 0.5, 0.52]])
  boxes = boxes.astype(np.float32)
  ours = getattr(layers, name)(maps, boxes, (8, 6))
  theirs = torch_boxes.warp(torch.from_numpy(maps).movedim(-1, 1), *places(torch.from_numpy(boxes), (8, 6)))
  np.testing.assert_allclose(theirs.movedim(1, -1), ours, atol=1e-5)


def test_the_full_networks_have_as_many_params_but_for_two_biases_of_the_gru():
  config, dataset = works.load(works.WORKS['gawwn_avatars'])
  variables = jax.eval_shape(experiment.make(config, dataset.spec()).init, 0).variables
  parts = torch_words.make(config, dataset)
  for side in 'gd':
    ours = sum(leaf.size for leaf in jax.tree.leaves(variables[side]['params']))
    theirs = sum(param.numel() for param in parts[side].parameters())
    assert ours == theirs - 2 * config.gan.reading_widths[-1]
    assert ours > 100_000


@pytest.mark.parametrize('length', [16, 17, 18, 208])
def test_captions_of_any_length_are_read_alike(game, length):
  config, dataset, _, state = game
  parts = copied(config, dataset, state.variables)
  caption = np.array(dataset.arrays['caption'][:BATCH, -length:])
  caption[0] = 0  # of nothing
  reading = Encoder(len(CHARACTERS), config.gan.reading_dim, (WIDTH, WIDTH))
  ours = reading.apply({'params': state.variables['g']['params']['encoder']}, caption)
  np.testing.assert_allclose(parts['g'].read(torch.from_numpy(caption)).detach(), ours, atol=1e-5)


@pytest.mark.long
def test_images_and_logits_are_the_same(game):
  config, dataset, one, state = game
  variables = mirror.scrambled(state.variables, np.random.default_rng(1))
  parts = copied(config, dataset, variables)
  parts['g'].eval(), parts['d'].eval()
  caption, box = (np.array(dataset.arrays[name][:BATCH]) for name in ('caption', 'box'))
  latents = np.random.default_rng(2).normal(size=(BATCH, config.latents.dim)).astype(np.float32)
  batch = jax.tree.map(jnp.asarray, {'latents': latents, 'fake_caption': caption, 'fake_box': box})
  fakes, _ = one.gan.generate(variables, batch, jax.random.key(0), train=False)
  g, d, (told, where, drawn) = parts['g'], parts['d'], map(torch.from_numpy, (caption, box, latents))
  theirs = g(g.read(told), drawn, where).detach().movedim(1, -1)
  np.testing.assert_allclose(theirs, fakes['image'], atol=1e-3 * np.abs(fakes['image']).max())
  images = np.random.default_rng(3).uniform(-1, 1, (BATCH, *dataset.image_shape)).astype(np.float32)
  ours = one.gan.discriminate(variables, batch, jnp.asarray(images))['logits']
  seen = d.look(torch.from_numpy(images).movedim(-1, 1))
  np.testing.assert_allclose(d(d.read(told), seen, where).detach(), ours, atol=1e-3 * np.abs(ours).max())
  assert np.std(ours) > 1e-2 < np.std(fakes['image'])


@pytest.mark.long
def test_steps_from_the_same_state_go_the_same_way(game):
  config, dataset, one, state = game
  latents = np.random.default_rng(4).normal(size=(BATCH, config.latents.dim)).astype(np.float32)
  usual = one.gan.draw
  draw = lambda rng, batch: {**usual(rng, batch), 'latents': jnp.asarray(latents)}
  one_step = jax.jit(dataclasses.replace(one, gan=dataclasses.replace(one.gan, draw=draw)).train_step())
  parts = copied(config, dataset, state.variables)
  parts['draw'] = iter(lambda: torch.from_numpy(latents), None)
  for i in range(3):
    batch = {name: torch.from_numpy(np.array(value)) for name, value in dataset.batch(config.seed, i).items()}
    state, ours = one_step(state, dataset)
    given = (batch[name] for name in ('caption', 'caption_wrong', 'box'))
    theirs = torch_words.step(parts, config, batch['image'].movedim(-1, 1), *given)
    for name, loss in theirs.items():
      assert loss.item() == pytest.approx(float(ours[name]), rel=1e-3), (i, name)
  assert not parts['g'].read.gru.bias_hh_l0[: 2 * WIDTH].any()
