"""Walks in the latents of trained runs, as files."""

import numpy as np
import pytest
from PIL import Image

import gan_jax
from gan_jax import command_line, errors
from gan_jax.inference import walk
from gan_jax.views import grids, latent_space, movies


def test_a_walk_has_the_frames_that_are_asked_for(trained, tmp_path, capsys):
  words = [f'--workdir={trained}', '--mode=sample', '--walk=3', '--fps=10', '--seconds=0.6']
  assert command_line.main([*words, f'--out={tmp_path}', '--num_samples=5']) == 0
  assert capsys.readouterr().out == f'a walk in {tmp_path}/walk.gif and {tmp_path}/walk.mp4\n'
  (first, *_) = latent_space.walk(gan_jax.load(trained), walks=5, stops=3, frames=6)
  picture = grids.tile(first, 3, walk.WIDE)  # 3 by 3, for 5
  with Image.open(tmp_path / 'walk.gif') as movie:
    assert (movie.n_frames, movie.info['duration'], movie.size) == (6, 100, picture.shape[1::-1])
    assert np.abs(np.asarray(movie.convert('RGB')).astype(int) - picture).mean() < 3
  assert sorted(file.name for file in tmp_path.iterdir()) == ['walk.gif', 'walk.mp4']


def test_one_file_may_be_asked_for(trained, tmp_path):
  for name in ('a.gif', 'b.MP4'):
    assert walk.write(trained, 2, tmp_path / name, seconds=0.2, walks=1) == [tmp_path / name]
  assert sorted(file.name for file in tmp_path.iterdir()) == ['a.gif', 'b.MP4']


def test_without_an_encoder_there_is_a_gif_and_a_line(trained, tmp_path, monkeypatch):
  def none():
    raise errors.UserError('an MP4 needs ffmpeg')

  monkeypatch.setattr(movies, 'encoder', none)
  told = []
  assert walk.write(trained, 2, tmp_path, 0.2, walks=1, notice=told.append) == [tmp_path / 'walk.gif']
  assert told == ['no walk.mp4: an MP4 needs ffmpeg']
  with pytest.raises(errors.UserError, match='an MP4 needs ffmpeg'):
    walk.write(trained, 2, tmp_path / 'b.mp4', 0.2)


def test_conditional_walks_are_of_what_is_asked_for(begun, tmp_path):
  run = begun('cgan_mnist', ('data.name', 'digits'))
  words = [f'--workdir={run.folder}', '--mode=sample', '--walk=2', '--seconds=0.2', '--num_samples=4']
  assert command_line.main([*words, '--label=3,5', f'--out={tmp_path}/walk.gif']) == 0
  with pytest.raises(errors.UserError, match='label'):
    command_line.main([*words, '--label=77', f'--out={tmp_path}/walk.gif'])


@pytest.mark.parametrize(
  ('words', 'said'),
  [
    (('--walk=1',), '--walk=1: a walk goes through 2 latents at least'),
    (('--walk=3', '--seconds=0'), '--seconds=0: must be above 0'),
    (('--walk=3', '--seconds=nan'), '--seconds=nan: must be above 0'),
    (('--walk=3', '--fps=0.5'), '--fps=0.5: must be in 1 to 60 frames a second'),
    (('--walk=3', '--num_samples=0'), '--num_samples=0: must be at least 1'),
    (
      ('--walk=3', '--out=walk.png'),
      r'--out=walk.png: a walk becomes a folder, or a file that ends in .gif or .mp4',
    ),
    (('--walk=3', '--out=walk.npz'), 'a walk becomes a folder'),
    (('--fps=3',), '--seconds and --fps are of a walk: set --walk=4, say'),
    (('--walk=many',), 'argument --walk: invalid int value'),
  ],
)
def test_walks_that_there_are_not_are_told_in_one_line(trained, tmp_path, monkeypatch, words, said):
  monkeypatch.chdir(tmp_path)
  with pytest.raises(errors.UserError) as error:
    command_line.main([f'--workdir={trained}', '--mode=sample', *words])
  assert said in str(error.value)
  assert '\n' not in str(error.value)
  assert list(tmp_path.iterdir()) == []


def test_points_and_translations_do_not_walk(begun, tmp_path):
  ring = begun('toy_ring').folder
  with pytest.raises(errors.UserError, match=r'--walk shows images, and this run makes arrays of \[2\]'):
    walk.write(ring, 2, tmp_path / 'a.gif', 0.2)
  inpainting = begun('inpainting', ('generator.name', 'unet'), ('generator.depth', '2')).folder
  with pytest.raises(errors.UserError, match='images of images'):
    walk.write(inpainting, 2, tmp_path / 'a.gif', 0.2)
  assert list(tmp_path.iterdir()) == []
