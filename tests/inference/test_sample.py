"""Samples of runs: the files, and the checkpoints that they are made of."""

import json

import numpy as np
import pytest
from PIL import Image

import gan_jax
from gan_jax import errors
from gan_jax.gans.sampler import BATCH
from gan_jax.inference import sample
from gan_jax.runs import files


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


def test_truncated_samples_say_so(trained, tmp_path):
  write = lambda psi: sample.write(trained, 3, tmp_path / f'{psi}.npz', psi=psi)
  write(1.0)
  write(0.0)
  assert not (tmp_path / '1.0.json').exists()
  assert json.loads((tmp_path / '0.0.json').read_text())['psi'] == 0
  whole, alike = (np.load(tmp_path / f'{psi}.npz')['images'] for psi in (1.0, 0.0))
  assert np.ptp(whole, 0).max() > 0
  assert np.ptp(alike, 0).max() == 0


def test_no_samples_are_refused(trained, tmp_path):
  with pytest.raises(errors.UserError, match='--num_samples=0: must be at least 1'):
    sample.write(trained, 0, tmp_path / 'images')
  assert not (tmp_path / 'images').exists()


def test_fewer_samples_leave_none_of_an_earlier_call(trained, tmp_path, capsys):
  (tmp_path / 'mine.png').write_text('a picture')
  (tmp_path / '12.png').write_text('another')
  for count in (5, 2):
    sample.write(trained, count, tmp_path)
  names = [f'{k:06d}.png' for k in range(2)]
  assert sorted(file.name for file in tmp_path.iterdir()) == [*names, '12.png', 'mine.png']
  assert 'removed the 5 samples of an earlier call' in capsys.readouterr().out


def test_numbered_images_of_others_are_not_written_over(trained, tmp_path):
  """Data sets have such names, too."""
  pixels = np.zeros((2, 2, 3), np.uint8)
  for name in ('000007.png', 'x/000001.png'):
    files.save_png(tmp_path / name, pixels)
  before = (tmp_path / '000007.png').read_bytes()
  with pytest.raises(
    errors.UserError, match=r'000007\.png is no sample .*: remove it, or choose another --out'
  ):
    sample.write(trained, 2, tmp_path)
  assert [file.name for file in tmp_path.rglob('*.png')] == ['000007.png', '000001.png']
  assert (tmp_path / '000007.png').read_bytes() == before


@pytest.mark.parametrize(
  ('out', 'message'),
  [
    ('one.png', r'samples become a folder, --out=.*/one, or one array, --out=.*/one\.npz$'),
    ('one.JPEG', r'samples become a folder'),
    ('notes.txt', r'notes\.txt is a file: name a folder, or a file that ends in \.npz'),
    ('full.npz', r'full\.npz cannot be written: .*Is a directory'),
  ],
)
def test_places_for_no_samples_are_named(trained, tmp_path, out, message):
  (tmp_path / 'notes.txt').write_text('mine')
  (tmp_path / 'full.npz/more').mkdir(parents=True)
  with pytest.raises(errors.UserError, match=message):
    sample.write(trained, 2, tmp_path / out)
  assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob('*')} == {
    'notes.txt',
    'full.npz',
    'full.npz/more',
  }


def test_checkpoints_by_step(trained):
  early, last = gan_jax.load(trained, at=2), gan_jax.load(trained)
  assert not np.array_equal(early(early.latents(2)), last(last.latents(2)))
  with pytest.raises(errors.UserError, match=r'no checkpoint of step 3 .*2, 4'):
    gan_jax.load(trained, at=3)


def test_a_folder_that_is_no_run(tmp_path):
  with pytest.raises(errors.UserError, match='is not the folder of a run'):
    gan_jax.load(tmp_path)


@pytest.mark.parametrize(
  'ask', [gan_jax.load, lambda run: sample.write(run, 3, run / 'out'), lambda run: gan_jax.load(run, copy=0)]
)
def test_a_run_from_image_to_image_says_what_to_use_instead(begun, ask):
  folder = begun('inpainting', ('generator.name', 'unet'), ('generator.depth', '2')).folder
  with pytest.raises(errors.UserError) as error:
    ask(folder)
  assert str(error.value) == (
    'this run makes images of images: --mode=translate, or gan_jax.inference.translate.load(RUN)(image)'
  )
  assert not (folder / 'out').exists()
