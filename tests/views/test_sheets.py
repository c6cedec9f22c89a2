"""Pictures of games of captions: a row for each caption, in each column the same latents and place."""

import types

import jax.numpy as jnp
import numpy as np
import pytest
from flax import struct
from ml_collections import ConfigDict

from gan_jax import data
from gan_jax.gans.contract import GAN, Presentation
from gan_jax.views import grids, images, sheets


@struct.dataclass
class State:
  """What a picture is drawn of."""

  variables: dict
  ema: dict


def draw(rng, batch):
  count = len(batch['image'])
  return {'latents': jnp.arange(count * 1.0)[:, None], 'fake_caption': batch['caption']}


def generate(variables, batch, rng, train):
  """Images of one pixel: the latent, the sum of the caption's numbers, the caption's first one."""
  captions = batch['fake_caption'].astype(jnp.float32)
  pixel = jnp.stack([batch['latents'][:, 0], captions.sum(1), captions[:, 0]], -1)
  return {'image': pixel[:, None, None]}, {}


def nothing(*_):
  """What no picture asks for."""


def begun(num, **fields):
  """(an experiment, its data)."""
  dataset = data.load('avatars', 4, size=(8, 8), channels=3, num_images=64, captions=True)
  gan = GAN(nothing, draw, generate, None, None, nothing, Presentation(**fields))
  config = ConfigDict({'seed': 0, 'sample': {'num': num}})
  spec = dataset.spec()
  return types.SimpleNamespace(gan=gan, spec=spec, config=config, each=lambda one: one, names=()), dataset


@pytest.mark.long
def test_each_caption_has_a_row_and_each_latent_a_column():
  experiment, dataset = begun(32)
  named = images.snapshot(experiment, dataset)(State({}, {}))
  captions = np.asarray(dataset.examples(np.arange(8))['caption'])
  assert list(named) == sheets.texts(experiment.spec, {'caption': captions})
  for caption, row in zip(captions, named.values(), strict=True):
    assert row.shape == (4, 1, 1, 3)
    np.testing.assert_array_equal(row[:, 0, 0, 0], np.arange(4))
    np.testing.assert_array_equal(row[:, 0, 0, 1:], [[caption.sum(), caption[0]]] * 4)


def test_few_samples_are_as_many_captions():
  experiment, dataset = begun(3)
  named = images.snapshot(experiment, dataset)(State({}, {}))
  assert [row.shape for row in named.values()] == [(1, 1, 1, 3)] * 3


def test_what_a_game_shows_is_in_the_rows():
  show = lambda batch, fakes: {'made': fakes['image'], 'negative': -fakes['image']}
  experiment, dataset = begun(2, show=show)
  for row in images.snapshot(experiment, dataset)(State({}, {})).values():
    np.testing.assert_array_equal(row[:, :, 1], -row[:, :, 0])


def test_a_game_that_is_asked_for_no_caption_has_no_rows():
  experiment, _ = begun(4)
  assert sheets.has(experiment)
  experiment.gan = GAN(nothing, lambda rng, batch: {}, generate, None, None, nothing)
  assert not sheets.has(experiment)


def test_a_long_name_of_a_row_has_several_lines():
  pixels = np.zeros((2, 64, 64, 3), np.float32)
  short, long = 'a face with red hair', 'a face with red hair and round glasses in front of a blue wall'
  alone, both = grids.rows({short: pixels}), grids.rows({short: pixels, long: pixels})
  assert both.shape[1] < 1.9 * alone.shape[1]
  words = both[both.shape[0] // 2 :, :20].min((1, 2)) < 128
  assert np.diff(words.astype(int)).clip(0).sum() >= 2  # lines, with room between them
