"""Batches are a function of (seed, index): flips, crops, ranges, for images, videos and vectors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, errors
from gan_jax.data.dataset import Dataset, to_float, to_uint8

SIZE, BATCH, SHAPE = 7, 3, (5, 4, 2)
PIXELS = np.random.default_rng(0).integers(0, 256, (SIZE, *SHAPE), np.uint8)


def resident(images=PIXELS, batch_size=BATCH, image_shape=None, **fields):
  """A Dataset of images, each labelled by its index."""
  arrays = {'image': images, 'label': np.arange(len(images), dtype=np.int32)}
  return Dataset(arrays, len(images), batch_size, image_shape or images.shape[1:], **fields)


get_batch = jax.jit(lambda dataset, seed, index: dataset.batch(seed, index))


def test_a_batch_depends_on_seed_and_index_alone(tmp_path):
  """Not on what was asked for before, on where the images lie, on being compiled, or on its neighbours."""
  np.save(tmp_path / 'images.npy', PIXELS)
  on_host, on_device = resident(flip=True), jax.device_put(resident(flip=True))
  on_disk = resident(np.load(tmp_path / 'images.npy', mmap_mode='r'), flip=True)
  asked = [(0, 0), (0, 5), (4, 5), (0, 5), (0, 0)]
  given = [get_batch(on_host, *key) for key in asked]
  assert_equal(given[0], given[4])
  assert_equal(given[1], given[3])
  assert not np.array_equal(given[1]['image'], given[2]['image'])
  assert_equal(get_batch(on_disk, 4, 5), given[2])
  assert_equal(get_batch(on_device, 4, 5), given[2])

  members = jax.jit(jax.vmap(on_device.batch, (0, None)))(jnp.array([0, 4]), 5)
  for batch in (on_disk.batch(4, 5), jax.tree.map(lambda value: value[1], members)):
    assert batch['image'].dtype == np.float32
    np.testing.assert_array_equal(batch['label'], given[2]['label'])
    np.testing.assert_allclose(batch['image'], given[2]['image'], atol=2e-7)  # another program rounds anew


def assert_equal(one, other):
  jax.tree.map(np.testing.assert_array_equal, one, other)


def test_what_belongs_together_stays_together():
  batch = get_batch(resident(), 0, 11)
  np.testing.assert_array_equal(to_uint8(batch['image']), PIXELS[batch['label']])
  assert batch['image'].shape == (BATCH, *SHAPE)
  seen = np.concatenate([get_batch(resident(), 0, index)['label'] for index in range(SIZE)])
  assert (np.sort(seen.reshape(-1, SIZE)) == np.arange(SIZE)).all()


def test_half_of_the_images_are_flipped():
  batches = [
    np.asarray(get_batch(resident(PIXELS[:1], 256, flip=True), 0, index)['image']) for index in (0, 1)
  ]
  straight, mirrored = np.asarray(to_float(PIXELS[0])), np.asarray(to_float(PIXELS[0, :, ::-1]))
  flips = [np.isclose(batch, mirrored, atol=1e-6).all((1, 2, 3)) for batch in batches]
  for batch, flipped in zip(batches, flips, strict=True):
    np.testing.assert_allclose(batch[~flipped], np.broadcast_to(straight, batch[~flipped].shape), atol=1e-6)
    assert abs(flipped.sum() - 128) < 5 * 8  # the standard deviation is 8
  assert abs((flips[0] == flips[1]).sum() - 128) < 5 * 8
  np.testing.assert_array_equal(to_uint8(resident(flip=True).examples([2, 0])['image']), PIXELS[[2, 0]])


def test_random_windows_lie_within_the_image():
  """Every corner that fits comes as often as another; examples() takes the centre."""
  rows, columns = np.mgrid[:6, :8].astype(np.uint8)
  image = np.stack([rows, columns], -1)[None]
  dataset = resident(image, 1200, image_shape=(4, 5, 2))
  windows = np.asarray(to_uint8(get_batch(dataset, 0, 0)['image']))
  corners = windows[:, 0, 0].astype(int)
  expected = corners[:, None, None] + np.stack(np.mgrid[:4, :5], -1)
  np.testing.assert_array_equal(windows, expected)
  counts = np.zeros((3, 4), int)
  np.add.at(counts, tuple(corners.T), 1)  # fails where a corner is out of bounds
  assert np.abs(counts - 100).max() < 50
  np.testing.assert_array_equal(to_uint8(dataset.examples([0])['image'])[0, 0, 0], [1, 1])


@pytest.mark.parametrize('compile', [lambda function: function, jax.jit], ids=['eager', 'jit'])
@pytest.mark.parametrize('place', [np.asarray, jnp.asarray])
def test_all_levels_survive_the_way_to_floats_and_back(compile, place):
  levels = place(np.arange(256, dtype=np.uint8))
  floats = compile(to_float)(levels)
  assert floats.dtype == np.float32
  assert (floats[0], floats[-1]) == (-1, 1)
  assert (np.diff(floats) > 0).all()
  np.testing.assert_array_equal(compile(to_uint8)(floats), levels)


def test_floats_beyond_the_range_are_clipped_and_given_ones_are_kept():
  np.testing.assert_array_equal(to_uint8(jnp.array([-7.0, -1.001, 0.0, 1.001, 9.0])), [0, 0, 128, 255, 255])
  floats = jnp.array([-0.25, 0.5])
  assert to_float(floats) is floats


def test_vectors_pass_through():
  points = np.random.default_rng(0).normal(size=(SIZE, 2)).astype(np.float32)
  batch = get_batch(resident(points), 0, 3)
  np.testing.assert_array_equal(batch['image'], points[batch['label']])


def test_drawn_examples_follow_the_same_order():
  draw = lambda indices: {'image': jnp.full((BATCH, *SHAPE), 0.5) / (1 + indices[:, None, None, None])}
  dataset = Dataset({}, SIZE, BATCH, SHAPE, draw=draw)
  order = get_batch(resident(), 2, 9)['label']
  np.testing.assert_allclose(get_batch(dataset, 2, 9)['image'][:, 0, 0, 0], 0.5 / (1 + order), rtol=1e-6)


def test_frames_of_a_video_are_cropped_and_flipped_alike():
  """Each a frame of pixels that say where they are and when; the channels of an example know its window."""
  frames, rows, columns = np.mgrid[:5, :6, :8].astype(np.uint8)
  video = np.stack([frames, rows, columns], -1)[None]
  dataset = resident(video, 300, image_shape=(5, 4, 6, 3), flip=True)
  batch = get_batch(dataset, 0, 0)['image']
  assert batch.shape == (300, 5, 4, 6, 3)
  assert batch.dtype == np.float32
  assert np.abs(batch).max() <= 1
  pixels = np.asarray(to_uint8(batch)).astype(int)
  np.testing.assert_array_equal(pixels[..., 0], np.broadcast_to(np.arange(5)[:, None, None], (300, 5, 4, 6)))
  places = pixels[..., 1:]
  np.testing.assert_array_equal(places, np.broadcast_to(places[:, :1], places.shape))  # in all frames
  tops, lefts = places[:, 0, 0, 0, 0], places[:, 0, 0, :, 1].min(1)
  flipped = places[:, 0, 0, 0, 1] > places[:, 0, 0, -1, 1]
  across = lefts[:, None] + np.where(flipped[:, None], np.arange(6)[::-1], np.arange(6))
  np.testing.assert_array_equal(places[:, 0, 0, :, 1], across)
  np.testing.assert_array_equal(places[:, 0, :, 0, 0], tops[:, None] + np.arange(4))
  assert len({*zip(tops, lefts, flipped, strict=True)}) == 3 * 3 * 2
  assert abs(flipped.sum() - 150) < 5 * 9  # the standard deviation is 9
  whole = np.asarray(to_uint8(dataset.examples([0])['image']))[0]
  np.testing.assert_array_equal(whole, video[0, :, 1:5, 1:7])


def test_videos_span_the_whole_range():
  video = np.arange(256, dtype=np.uint8).reshape(1, 4, 8, 8, 1)
  (batch,) = get_batch(resident(video, 1), 0, 0)['image']
  assert (batch.min(), batch.max()) == (-1, 1)
  np.testing.assert_array_equal(to_uint8(batch), video[0])


def test_a_set_is_loaded_by_name_without_a_config():
  digits = data.load('digits', 8, size=(12, 10), flip=True)
  assert digits.batch(0, 0)['image'].shape == (8, 12, 10, 1)
  assert digits.flip
  faces = data.load('avatars', 2, size=(16, 16), channels=3, num_images=5)
  assert (faces.size, faces.batch_size) == (5, 2)
  with pytest.raises(errors.UserError, match=r"did you mean 'data\.num_images'"):
    data.load('avatars', channels=3, num_image=5)
