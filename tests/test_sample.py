"""Sampling: the Python call, the files, and what the figures are made of."""

import numpy as np
import pytest
from PIL import Image

import gan_jax
from gan_jax import errors
from gan_jax.inference import sample
from gan_jax.views import latent_space


@pytest.fixture(scope='module')
def gan(trained):
  return gan_jax.load(trained)


def test_images_are_a_function_of_latents(gan):
  latents = gan.latents(5, seed=3)
  images = gan(latents)
  assert images.shape == (5, 16, 16, 1)
  assert images.dtype == np.float32
  assert np.abs(images).max() <= 1
  np.testing.assert_array_equal(gan(latents[2:3]), images[2:3])


def test_the_first_latents_do_not_depend_on_the_count(gan):
  many = gan.latents(sample.BATCH + 7)
  np.testing.assert_array_equal(gan.latents(3), many[:3])
  assert len(np.unique(many, axis=0)) == len(many)
  assert not np.array_equal(gan.latents(3, seed=1), many[:3])
  np.testing.assert_array_equal(gan.draw(7, start=sample.BATCH)['latents'], many[sample.BATCH :])


def test_files_are_the_images(gan, tmp_path):
  count = sample.BATCH + 2
  sample.write(gan, count, tmp_path / 'images', seed=1)
  files = sorted((tmp_path / 'images').iterdir())
  assert len(files) == count
  sample.write(gan, count, tmp_path / 'deep/images.npz', seed=1)
  with np.load(tmp_path / 'deep/images.npz', allow_pickle=False) as archive:
    pixels = archive['images']
  assert pixels.dtype == np.uint8
  np.testing.assert_array_equal(pixels[..., 0], np.stack([np.asarray(Image.open(file)) for file in files]))
  np.testing.assert_allclose(pixels, (gan(gan.latents(count, seed=1)) + 1) * 127.5, atol=0.51)


def test_checkpoints_by_step(trained):
  early, last = gan_jax.load(trained, at=2), gan_jax.load(trained)
  assert not np.array_equal(early(early.latents(2)), last(last.latents(2)))
  with pytest.raises(errors.UserError, match=r'no checkpoint of step 3 .*2, 4'):
    gan_jax.load(trained, at=3)


def test_a_folder_that_is_no_run(tmp_path):
  with pytest.raises(errors.UserError, match='is not the folder of a run'):
    gan_jax.load(tmp_path)


def test_nearest_images_of_a_real_one_is_itself(gan):
  from gan_jax.data import make

  dataset = make(gan.config)
  real = np.asarray(dataset.examples(np.arange(3))['image'])

  class Memoriser:
    latents = staticmethod(lambda count, seed: np.arange(count) % 3)

    def __call__(self, latents):
      return real[latents]

  rows = latent_space.neighbours(Memoriser(), dataset, rows=4, nearest=2).reshape(4, 3, 16, 16, 1)
  np.testing.assert_array_equal(rows[:, 0], rows[:, 1])
  assert not np.array_equal(rows[:, 0], rows[:, 2])
