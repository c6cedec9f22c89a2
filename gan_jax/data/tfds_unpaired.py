"""The unpaired sets of TensorFlow Datasets, whose splits are trainA, trainB, testA and testB: cycle_gan/*."""

from ml_collections import ConfigDict

from gan_jax.configs.fields import Field
from gan_jax.configs.overrides import with_values
from gan_jax.data import tfds
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import cache

OPTIONS = {
  **tfds.OPTIONS,
  'tfds_name': Field('cycle_gan/horse2zebra', about='a set with the splits trainA, trainB, testA and testB'),
}


def make(options: ConfigDict, batch_size: int) -> Dataset:
  """A Dataset of {'source': images of A, 'image': of B}, each in an order of its own, the smaller again.

  Raises UserError for what tfds.py raises.
  """
  sides = {'source': 'A', 'image': 'B'}
  arrays = {
    name: tfds.make(with_values(options, split=f'{options.split}{side}'), batch_size).arrays['image']
    for name, side in sides.items()
  }
  return cache.unpaired(options, batch_size, arrays)
