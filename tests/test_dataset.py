"""Batches are a function of (seed, index): orders, flips, crops, ranges; and the embedded digits."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.data import digits
from gan_jax.data.dataset import Dataset, to_float, to_uint8
from gan_jax.data.decoding import shuffling

SIZE, BATCH, SHAPE = 7, 3, (5, 4, 2)
PIXELS = np.random.default_rng(0).integers(0, 256, (SIZE, *SHAPE), np.uint8)


def resident(images=PIXELS, batch_size=BATCH, image_shape=None, **fields):
  """A Dataset of images, each labelled by its index."""
  arrays = {'image': images, 'label': np.arange(len(images), dtype=np.int32)}
  return Dataset(arrays, len(images), batch_size, image_shape or images.shape[1:], **fields)


get_batch = jax.jit(lambda dataset, seed, index: dataset.batch(seed, index))


@functools.cache
def orders(size, seeds=(0, 1, 7), epochs=4):
  """[seeds, epochs, size]: the examples in the order of whole epochs."""
  one = lambda seed, epoch: shuffling.indices(seed, epoch, size, size)
  both = jax.vmap(jax.vmap(one, (None, 0)), (0, None))
  return np.asarray(jax.jit(both)(jnp.array(seeds), jnp.arange(epochs)))


@pytest.mark.parametrize('size', [1, 2, 3, 5, 16, 17, 64, 65, 1500])
def test_every_epoch_is_a_permutation(size):
  assert (np.sort(orders(size)) == np.arange(size)).all()


@pytest.mark.parametrize('size', [16, 17, 64, 65, 1500])
def test_orders_differ_between_epochs_and_seeds(size):
  """As orders drawn independently do: they agree at one place on average, and are not correlated."""
  different = orders(size).reshape(-1, size)
  for i, one in enumerate(different):
    for other in (np.arange(size), *different[:i]):
      assert (one == other).sum() <= 7  # more come once in 100,000
      assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(size)


@pytest.mark.parametrize('size', [2, 3, 5, 16])
def test_every_example_comes_as_often_at_every_place(size):
  many = orders(size, seeds=(3,), epochs=2000)[0]
  counts = np.array([np.bincount(many[:, place], minlength=size) for place in range(size)])
  deviation = np.sqrt(2000 / size * (1 - 1 / size))
  assert np.abs(counts - 2000 / size).max() < 5 * deviation


def test_batches_straddle_epochs_and_miss_nothing():
  indices = jax.jit(jax.vmap(lambda index: shuffling.indices(5, index, 4, 10)))(jnp.arange(20)).reshape(
    -1, 10
  )
  assert (np.sort(indices) == np.arange(10)).all()
  assert len({tuple(epoch) for epoch in indices.tolist()}) == 8


def test_large_sets():
  size = 3_000_000
  indices = np.asarray(jax.jit(lambda index: shuffling.indices(0, index, 4096, size))(700))
  assert len(set(indices.tolist())) == 4096
  assert indices.min() >= 0
  assert indices.max() < size
  assert abs(indices.mean() / size - 0.5) < 5 / np.sqrt(12 * 4096)


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


def make_digits(split, **fields):
  options = {'split': split, 'size': (8, 8), 'channels': 1, 'flip': False, **fields}
  return digits.make(ConfigDict(options), batch_size=64)


def test_digits_have_all_classes_and_their_splits_are_disjoint():
  splits = {split: make_digits(split) for split in ('train', 'test')}
  assert {split: dataset.size for split, dataset in splits.items()} == {'train': 1500, 'test': 297}
  for dataset in splits.values():
    assert set(dataset.arrays['label'].tolist()) == set(range(10))
    assert dataset.label_names == tuple('0123456789')
  train, test = ({image.tobytes() for image in dataset.arrays['image']} for dataset in splits.values())
  assert not train & test


def test_digits_at_another_size_fill_the_range():
  dataset = make_digits('train', size=(16, 12))
  images = dataset.examples(np.arange(64))['image']
  assert images.shape == (64, 16, 12, 1)
  assert dataset.image_shape == (16, 12, 1)
  assert (images.min(), images.max()) == (-1, 1)
  assert images[:, :, 0].mean() < images[:, :, 6].mean() - 0.5  # dark borders, bright strokes


def test_digits_have_two_splits():
  with pytest.raises(errors.UserError, match="did you mean 'test'"):
    make_digits('tset')


def test_digits_are_grey():
  with pytest.raises(errors.UserError, match=r'set data\.channels=1'):
    make_digits('train', channels=3)
