"""The unpaired sets of TensorFlow Datasets, whose splits are trainA, trainB, testA and testB: cycle_gan/*."""

from gan_jax.data import pairs, tfds
from gan_jax.data.decoding import cache

OPTIONS = {**tfds.OPTIONS, 'tfds_name': 'cycle_gan/horse2zebra'}


def make(options, batch_size):
  """A Dataset of {'source': images of A, 'image': of B}, each in an order of its own, the smaller again.

  Raises UserError for what tfds.py raises.
  """
  sides = {'source': 'A', 'image': 'B'}
  arrays = {
    name: tfds.make(pairs.changed(options, split=f'{options.split}{side}'), batch_size).arrays['image']
    for name, side in sides.items()
  }
  return cache.unpaired(options, batch_size, arrays)
