"""Samples of runs: the files, and the checkpoints that they are made of."""

import numpy as np
import pytest
from PIL import Image

import gan_jax
from gan_jax import errors
from gan_jax.gans.sampler import BATCH
from gan_jax.inference import sample


def test_files_are_the_images(trained, tmp_path):
  gan, count = gan_jax.load(trained), BATCH + 2
  sample.write(trained, count, tmp_path / 'images', seed=1)
  files = sorted((tmp_path / 'images').iterdir())
  assert len(files) == count
  sample.write(trained, count, tmp_path / 'deep/images.npz', seed=1)
  with np.load(tmp_path / 'deep/images.npz', allow_pickle=False) as archive:
    pixels = archive['images']
  assert pixels.dtype == np.uint8
  np.testing.assert_array_equal(pixels[..., 0], np.stack([np.asarray(Image.open(file)) for file in files]))
  np.testing.assert_allclose(pixels, (gan(gan.latents(count, seed=1)) + 1) * 127.5, atol=0.51)


def test_no_samples_are_refused(trained, tmp_path):
  with pytest.raises(errors.UserError, match='--num_samples=0: must be at least 1'):
    sample.write(trained, 0, tmp_path / 'images')
  assert not (tmp_path / 'images').exists()


def test_checkpoints_by_step(trained):
  early, last = gan_jax.load(trained, at=2), gan_jax.load(trained)
  assert not np.array_equal(early(early.latents(2)), last(last.latents(2)))
  with pytest.raises(errors.UserError, match=r'no checkpoint of step 3 .*2, 4'):
    gan_jax.load(trained, at=3)


def test_a_folder_that_is_no_run(tmp_path):
  with pytest.raises(errors.UserError, match='is not the folder of a run'):
    gan_jax.load(tmp_path)
