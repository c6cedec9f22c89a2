"""Moving pictures: their frames, how long they last, and what is said where there is no encoder."""

import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from gan_jax import errors
from gan_jax.runs import files
from gan_jax.views import movies


def frames(count, height=12, width=16):
  return [np.full((height, width, 3), 20 * k, np.uint8) for k in range(count)]


def decoded(path):
  """uint8 [N, H, W, 3] of an MP4."""
  width, height = size_of(path)
  command = [movies.encoder(), '-v', 'error', '-i', str(path), '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-']
  told = subprocess.run(command, capture_output=True, check=True).stdout
  return np.frombuffer(told, np.uint8).reshape(-1, height, width, 3)


def size_of(path):
  """(width, height)."""
  told = subprocess.run(
    [movies.encoder(), '-i', str(path)], capture_output=True, text=True, check=False
  ).stderr
  return tuple(map(int, re.search(r'Video: .*?, (\d+)x(\d+)', told).groups()))


@pytest.mark.parametrize('fps', [1, 12, 20, 24, 30, 60])
def test_durations_are_whole_hundredths_that_add_up(fps):
  found = movies.even(90, fps)
  assert len(found) == 90
  assert all(some % 10 == 0 for some in found)
  assert abs(sum(found) - 90_000 / fps) <= 5
  assert max(found) - min(found) <= 10


def test_a_gif_has_its_frames_and_goes_round(tmp_path):
  movies.write(tmp_path / 'new/walk.gif', iter(frames(5)), 5, 20)
  with Image.open(tmp_path / 'new/walk.gif') as movie:
    assert (movie.n_frames, movie.size, movie.info['loop']) == (5, (16, 12), 0)
    for k in range(5):
      movie.seek(k)
      assert movie.info['duration'] == 50
      assert np.abs(np.asarray(movie.convert('RGB')).astype(int) - 20 * k).max() <= 2


@pytest.mark.parametrize(('height', 'width'), [(12, 16), (13, 17)])
def test_an_mp4_has_its_frames_at_even_sides(tmp_path, height, width):
  movies.write(tmp_path / 'walk.mp4', iter(frames(6, height, width)), 6, 10)
  found = decoded(tmp_path / 'walk.mp4')
  assert found.shape == (6, height + height % 2, width + width % 2, 3)
  for k, frame in enumerate(found):
    assert np.abs(frame.astype(int) - 20 * k).max() <= 4
  assert [file.name for file in tmp_path.iterdir()] == ['walk.mp4']


def broken():
  yield from frames(2)
  raise KeyboardInterrupt


@pytest.mark.parametrize('name', ['walk.gif', 'walk.mp4'])
def test_what_is_interrupted_leaves_no_file(tmp_path, name):
  files.write_whole(tmp_path / 'mine', 'there before')
  with pytest.raises(KeyboardInterrupt):
    movies.write(tmp_path / name, broken(), 5, 20)
  assert [file.name for file in tmp_path.iterdir()] == ['mine']


def test_what_the_encoder_refuses_is_told_in_one_line(tmp_path, monkeypatch):
  monkeypatch.setattr(movies, 'LOSS', 'nothing')
  with pytest.raises(
    errors.UserError, match=r'walk\.mp4 cannot be written: ffmpeg ends with .*: \S'
  ) as error:
    movies.write(tmp_path / 'walk.mp4', iter(frames(3)), 3, 20)
  assert '\n' not in str(error.value)
  assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_encoder_it_is_said(tmp_path, monkeypatch):
  monkeypatch.setitem(sys.modules, 'imageio_ffmpeg', None)
  with pytest.raises(errors.UserError, match='pip install imageio-ffmpeg'):
    movies.write(tmp_path / 'walk.mp4', iter(frames(3)), 3, 20)
  movies.write(tmp_path / 'walk.gif', iter(frames(3)), 3, 20)
  assert [file.name for file in tmp_path.iterdir()] == ['walk.gif']
