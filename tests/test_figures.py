"""Pictures: grids hold every pixel, animations keep their ends, means and arcs obey their formulas."""

import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from gan_jax.data.dataset import Dataset, to_float, to_uint8
from gan_jax.views import grids, latent_space


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
  grids.save(tmp_path / 'new' / 'picture.png', pixels)
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
  files = [tmp_path / f'step_{k:06d}.png' for k in range(count)]
  for k, file in enumerate(files):
    grids.save(file, np.full((4, 4, 3), 20 * k, np.uint8))
  grids.animate(tmp_path / 'out.gif', files, most=5, seconds=2.0)
  levels, durations = zip(*frames_of(tmp_path / 'out.gif'), strict=True)
  assert [round(level / 20) for level in levels] == expected
  assert durations[-1] == 1000
  assert set(durations[:-1]) <= {100}  # as if there were 20 at least


def test_animation_of_nothing_is_not_written(tmp_path):
  grids.animate(tmp_path / 'out.gif', [])
  assert not (tmp_path / 'out.gif').exists()


@pytest.mark.parametrize(
  'rows',
  [
    [],
    [{'step': 1, 'g/loss': 2.0}],
    [{'step': k, 'd/loss': 1 / k, 'g/loss': k, 'd/real_logit': 1, 'd/fake_logit': -1} for k in range(1, 50)],
  ],
  ids=['none', 'one, without D', 'many'],
)
def test_curves_of_any_rows(tmp_path, rows):
  grids.curves(tmp_path / 'figures' / 'losses.png', rows)
  with Image.open(tmp_path / 'figures' / 'losses.png') as image:
    colours = np.unique(np.asarray(image.convert('RGB')).reshape(-1, 3), axis=0).astype(int)
  coloured = (np.ptp(colours, axis=1) > 100).any()  # the axes are grey
  assert coloured == bool(rows)


@pytest.mark.parametrize('count', [1, 2, 3, 39, 40, 81, 400])
def test_smooth_is_the_mean_of_a_window(count):
  values = np.random.default_rng(0).normal(size=count)
  half = max(1, count // 40)
  expected = [values[max(0, k - half) : k + half + 1].mean() for k in range(count)]
  np.testing.assert_allclose(grids.smooth(values), expected, atol=1e-12)


@pytest.mark.parametrize('angle', [0.0, 1e-5, 0.3, np.pi / 2, 3.0])
def test_slerp_goes_along_the_arc_at_an_even_pace(angle):
  start, end = np.array([2.0, 0.0]), 2 * np.array([np.cos(angle), np.sin(angle)])
  for t in np.linspace(0, 1, 5):
    expected = 2 * np.array([np.cos(t * angle), np.sin(t * angle)])
    np.testing.assert_allclose(latent_space.slerp(start, end, t), expected, atol=1e-9)


def test_slerp_starts_and_ends_where_it_should_at_any_length():
  start, end = np.random.default_rng(0).normal(size=(2, 10))
  np.testing.assert_allclose(latent_space.slerp(start, end, 0), start)
  np.testing.assert_allclose(latent_space.slerp(start, end, 1), end)
  np.testing.assert_allclose(latent_space.slerp(start, 3 * start, 0.5), 2 * start)


def test_slerp_between_opposite_latents_is_straight():
  end = np.array([3.0])
  found = [latent_space.slerp(-end, end, t)[0] for t in (0, 0.5, 1)]
  np.testing.assert_allclose(found, [-3, 0, 3], atol=1e-6)


class Reading:
  """Stands in for a sampler: it gives latents back, or the image that a latent is the index of."""

  def __init__(self, images=None):
    self.images = images

  def latents(self, count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 12)) if self.images is None else np.arange(count)

  def __call__(self, latents):
    return latents if self.images is None else self.images[latents]


def test_interpolations_join_pairs_of_latents():
  ways = latent_space.interpolate(Reading(), rows=3, columns=4).reshape(3, 4, 12)
  ends = Reading().latents(6, seed=1)
  np.testing.assert_allclose(ways[:, 0], ends[0::2])
  np.testing.assert_allclose(ways[:, -1], ends[1::2])


@pytest.mark.parametrize('size', [3, 40])
def test_neighbours_are_the_nearest(monkeypatch, size):
  """Of a set that no chunk divides; the first sample is a real image, and its own nearest."""
  monkeypatch.setattr(latent_space, 'CHUNK', 16)
  pixels = random_images(size, 3, 2, 1)
  real = np.asarray(to_float(jnp.asarray(pixels)))
  samples = np.concatenate([real[-1:], np.asarray(to_float(jnp.asarray(random_images(3, 3, 2, 1, seed=1))))])
  dataset = Dataset({'image': pixels}, size, 8, (3, 2, 1))
  found = latent_space.neighbours(Reading(samples), dataset, rows=4, nearest=5).reshape(4, -1, 3, 2, 1)
  distances = np.square(samples[:, None] - real).sum((2, 3, 4))
  for row, sample, distance in zip(found, samples, distances, strict=True):
    np.testing.assert_array_equal(row[0], sample)
    np.testing.assert_allclose(row[1:], real[np.argsort(distance)[:5]], atol=1e-6)
  np.testing.assert_allclose(found[0, 1], real[-1], atol=1e-6)


def test_a_table_holds_its_images_under_their_headings():
  images = to_float(jnp.asarray(random_images(4, 6, 5, 3)))
  grey = to_float(jnp.asarray(random_images(4, 6, 5, 1, seed=1)))
  table = grids.table({'given': images, 'a_map': grey}, width=48)  # four examples a row
  assert table.shape == (22 + 6, 8 * 6 - 1, 3)
  np.testing.assert_array_equal(table[22:, 6:11], np.asarray(to_uint8(grey[0])).repeat(3, -1))
  np.testing.assert_array_equal(table[22:, 12:17], to_uint8(images[1]))
  assert (grids.table({'given': images, 'a_map': grey}, width=960)[:22].min((0, 2)) < 128).any()
