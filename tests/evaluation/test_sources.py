"""Images from anywhere: what is read, and what is refused in one line."""

import numpy as np
import pytest

from gan_jax import errors
from gan_jax.evaluation import sources
from gan_jax.runs import files

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (6, 8, 12, 3), np.uint8)
NAN = np.where(np.arange(6)[:, None, None, None] == 2, np.nan, COLOUR / 127.5 - 1)


def painted(folder, images):
  for k, pixels in enumerate(images):
    files.save_png(folder / f'{k}.png', pixels)
  return str(folder)


def read(text, tmp_path):
  return sources.read(str(text), '--generated', tmp_path / 'cache')


@pytest.mark.parametrize('channels', [1, 3])
def test_a_folder_keeps_its_size_and_its_kind(tmp_path, channels):
  found = read(painted(tmp_path / 'some', COLOUR[..., :channels]), tmp_path)
  assert found.image_shape == (8, 12, channels)
  np.testing.assert_array_equal(found.arrays['image'], COLOUR[..., :channels])


def test_sub_folders_are_labels(tmp_path):
  for name, part in (('cat', COLOUR[:4]), ('dog', COLOUR[4:])):
    painted(tmp_path / 'some' / name, part)
  np.testing.assert_array_equal(read(tmp_path / 'some', tmp_path).arrays['label'], [0] * 4 + [1] * 2)


@pytest.mark.parametrize(
  'arrays', [{'images': COLOUR}, {'arr_0': COLOUR, 'arr_1': np.arange(6)}, {'x': COLOUR / 127.5 - 1}]
)
def test_arrays_are_bytes_or_floats_with_labels_or_without(tmp_path, arrays):
  np.savez(tmp_path / 'some.npz', **arrays)
  found = read(tmp_path / 'some.npz', tmp_path)
  np.testing.assert_array_equal(found.arrays['image'], COLOUR)
  assert ('label' in found.arrays) == ('arr_1' in arrays)


@pytest.mark.parametrize(
  ('arrays', 'message'),
  [
    ({'images': NAN}, '=.*some.npz: 1 of 6 images have NaN or infinity'),
    ({'images': np.zeros((4, 8, 8, 1), int)}, r'int64 from 0 to 0; images are uint8, or in \[-1, 1\]'),
    ({'images': np.full((4, 8, 8, 1), 255.0)}, 'from 255.0 to 255.0'),
    ({'images': np.zeros((4, 8))}, r"has \{'images': \[4, 8\]\}: images are an array \[N, H, W, C\]"),
    ({'images': np.zeros((0, 8, 8, 1))}, 'images are an array'),
    ({}, 'images are an array'),
    ({'images': np.array([{}], object)}, 'cannot be read as .npz .*allow_pickle'),
  ],
)
def test_arrays_that_are_no_images(tmp_path, arrays, message):
  np.savez(tmp_path / 'some.npz', **arrays)
  with pytest.raises(errors.UserError, match=message):
    read(tmp_path / 'some.npz', tmp_path)


def test_a_file_that_was_cut_off(tmp_path):
  np.savez(tmp_path / 'some.npz', COLOUR)
  (tmp_path / 'cut.npz').write_bytes((tmp_path / 'some.npz').read_bytes()[:300])
  with pytest.raises(errors.UserError, match=r'--generated=.*cut.npz cannot be read as .npz'):
    read(tmp_path / 'cut.npz', tmp_path)


def test_folders_that_cannot_be_scored(tmp_path):
  (tmp_path / 'empty').mkdir()
  with pytest.raises(errors.UserError, match=r'holds no images .*: set --generated'):
    read(tmp_path / 'empty', tmp_path)
  with pytest.raises(errors.UserError, match='nope is not a folder: set --generated'):
    read(tmp_path / 'nope', tmp_path)
  painted(tmp_path / 'two', COLOUR)
  files.save_png(tmp_path / 'two/9.png', COLOUR[0, :5])
  with pytest.raises(
    errors.UserError, match=r'9.png is 5 x 12 .*, not 8 x 12; scores need images of one size'
  ):
    read(tmp_path / 'two', tmp_path)
  (tmp_path / 'two/9.png').write_bytes(b'no image')
  with pytest.raises(errors.UserError, match=r'9.png cannot be read as an image'):
    read(tmp_path / 'two', tmp_path)
