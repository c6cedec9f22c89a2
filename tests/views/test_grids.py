"""Grids hold every pixel, tables their headings, animations their ends."""

import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from gan_jax.data.dataset import to_float, to_uint8
from gan_jax.runs import files
from gan_jax.views import grids


def random_images(count, *shape, seed=0):
  return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)


@pytest.mark.parametrize(
  ('count', 'columns'),
  [(1, 1), (2, 2), (3, 2), (8, 4), (9, 4), (17, 4), (32, 8), (64, 8), (65, 8), (128, 16)],
)
def test_default_columns(count, columns):
  """A power of two, so that the grid is neither twice as high as wide nor more than twice as wide as high."""
  grid = grids.tile(np.zeros((count, 2, 2, 1)), width=1)
  assert grid.shape == (3 * -(-count // columns) - 1, 3 * columns - 1, 3)
  assert 1 / 2 < columns / -(-count // columns) <= 2


def test_wide_strips_fill_rows_of_fewer():
  """A grid of strips is about as wide as high too: 12 strips of 6 : 1 make 6 rows of 2."""
  assert grids.tile(np.zeros((12, 8, 48, 3)), width=1).shape == (6 * 9 - 1, 2 * 49 - 1, 3)
  assert grids.tile(np.zeros((3, 8, 80, 1)), width=1).shape == (3 * 9 - 1, 80, 3)


@pytest.mark.parametrize('channels', [1, 3, 4])
def test_tile_holds_every_pixel(channels):
  pixels = random_images(5, 4, 3, channels)
  grid = grids.tile(to_float(jnp.asarray(pixels)), columns=3, width=27)
  assert grid.dtype == np.uint8
  assert grid.shape == (3 * 9, 3 * 11, 3)  # rows of 4 + 1, columns of 3 + 1, less the last gap, times 3
  small = grid[1::3, 1::3]
  np.testing.assert_array_equal(small.repeat(3, 0).repeat(3, 1), grid)
  for k, image in enumerate(pixels):
    row, column = divmod(k, 3)
    cell = small[5 * row :, 4 * column :][:4, :3]
    np.testing.assert_array_equal(cell, np.broadcast_to(image[..., :3], cell.shape))
  gaps = np.ones(small.shape[:2], bool)
  gaps[:4, :3] = gaps[:4, 4:7] = gaps[:4, 8:] = gaps[5:, :3] = gaps[5:, 4:7] = False
  assert (small[gaps] == 255).all()


def test_tile_clips_and_is_about_as_wide_as_asked():
  assert grids.tile(np.full((1, 1, 1, 1), 7.0), width=1).tolist() == [[[255] * 3]]
  for side in (8, 28, 64, 100):
    assert 0.6 * 640 < grids.tile(np.zeros((64, side, side, 3))).shape[1] < 1.35 * 640 + side


def test_saved_pixels_come_back(tmp_path):
  pixels = random_images(1, 6, 5, 3)[0]
  files.save_png(tmp_path / 'new' / 'picture.png', pixels)
  with Image.open(tmp_path / 'new' / 'picture.png') as image:
    np.testing.assert_array_equal(np.asarray(image), pixels)
  assert [file.name for file in (tmp_path / 'new').iterdir()] == ['picture.png']


def frames_of(path):
  with Image.open(path) as movie:
    found = []
    for k in range(movie.n_frames):
      movie.seek(k)
      found.append((np.asarray(movie.convert('RGB'))[0, 0, 0], movie.info['duration']))
    return found


@pytest.mark.parametrize(('count', 'expected'), [(1, [0]), (3, [0, 1, 2]), (9, [0, 2, 4, 6, 8])])
def test_animation_is_thinned_and_rests_on_the_last_frame(tmp_path, count, expected):
  frames = [tmp_path / f'step_{k:06d}.png' for k in range(count)]
  for k, file in enumerate(frames):
    files.save_png(file, np.full((4, 4, 3), 20 * k, np.uint8))
  grids.animate(tmp_path / 'out.gif', frames, most=5, seconds=2.0)
  levels, durations = zip(*frames_of(tmp_path / 'out.gif'), strict=True)
  assert [round(level / 20) for level in levels] == expected
  assert durations[-1] == 1000
  assert set(durations[:-1]) <= {100}  # as if there were 20 at least


def test_animation_of_nothing_is_not_written(tmp_path):
  grids.animate(tmp_path / 'out.gif', [])
  assert not (tmp_path / 'out.gif').exists()


def test_a_table_holds_its_images_under_their_headings():
  images = to_float(jnp.asarray(random_images(4, 6, 5, 3)))
  grey = to_float(jnp.asarray(random_images(4, 6, 5, 1, seed=1)))
  table = grids.table({'given': images, 'a_map': grey}, width=48)  # four examples a row
  assert table.shape == (22 + 6, 8 * 6 - 1, 3)
  np.testing.assert_array_equal(table[22:, 6:11], np.asarray(to_uint8(grey[0])).repeat(3, -1))
  np.testing.assert_array_equal(table[22:, 12:17], to_uint8(images[1]))
  assert (grids.table({'given': images, 'a_map': grey}, width=960)[:22].min((0, 2)) < 128).any()


def test_rows_have_their_images_beside_their_names():
  named = {name: random_images(20, 16, 16, 1, seed=k) for k, name in enumerate(('seed 0', 'g lr 1e-3'))}
  picture = grids.rows({name: to_float(jnp.asarray(some)) for name, some in named.items()}, width=256)
  wide = 16 * 17 - 1  # 16 of them, with a gap of 1
  assert picture.shape[0] == 2 * 17 - 1
  for k, some in enumerate(named.values()):
    np.testing.assert_array_equal(picture[17 * k :, -wide:][:16, :16], some[0].repeat(3, -1))
    np.testing.assert_array_equal(picture[17 * k :, -16:][:16], some[15].repeat(3, -1))
  words = picture[:, :-wide]
  assert [(words[half] < 128).any() for half in (slice(16), slice(17, None))] == [True, True]
  assert (words[:, :7] == 255).all()  # nothing is cut off
  assert (words[:, -4:] == 255).all()


def test_rows_of_wide_images_have_fewer():
  assert grids.rows({'a': np.zeros((20, 8, 400, 3))}).shape[0] == 8 * round(640 / 1200)
  assert grids.rows({'a': np.zeros((3, 8, 8, 3)), 'b': np.zeros((3, 8, 8, 3))}, width=27).shape[0] == 17


def test_captions_stand_under_their_rows():
  columns = {'a': np.full((3, 8, 8, 3), -1.0, np.float32), 'b': np.full((3, 8, 8, 3), -1.0, np.float32)}
  captions = ['a red hat', 'a face', 'a very long caption ' * 9]
  told = grids.table(columns, width=100, captions=captions)
  head, row = 22, 8 * round(100 / 16)
  texts = [grids.written(caption, told.shape[1]) for caption in captions]
  assert told.shape[0] == head + sum(row + text.shape[0] for text in texts)
  np.testing.assert_array_equal(told[head + row : head + row + texts[0].shape[0]], texts[0])
  assert texts[0].min() < 100


def test_a_long_text_has_lines_that_fit():
  text = grids.written('wearing a red top and glasses, a calm face with flowing red hair ' * 3, 200)
  one = grids.written('a', 200)
  assert text.shape[0] > 2 * one.shape[0]
  assert (text[:, -2:] == 255).all()
