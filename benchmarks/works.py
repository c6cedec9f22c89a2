"""What the speed benchmarks run: a config with a few fields changed, on random data held in memory.

Both sides have the data that the config's game reads, and no mirrored images.
"""

from typing import NamedTuple

import numpy as np

from benchmarks import report
from gan_jax import configs
from gan_jax.data.avatars.captions import LENGTH
from gan_jax.data.dataset import Dataset
from gan_jax.data.words import CHARACTERS, PADDING

SIZE = 4096  # examples in memory
CLASSES = tuple('0123456789')
ATTRIBUTES = 9
DCGAN_28 = (  # the network of the tutorials' MNIST DCGAN: 4x4/2 everywhere
  'generator.strides=(2,2)',
  'generator.norm=(True,True)',
  'generator.kernel=4',
  'discriminator.norm=(False,True)',
  'discriminator.kernel=4',
)
TOY = (  # the networks of the two-dimensional teaching GAN
  'latents.dim=2',
  'latents.law=uniform',
  'generator.widths=(16,16)',
  'generator.activation=leaky_relu',
  'generator.output=identity',
  'discriminator.widths=(16,16)',
  'discriminator.features=2',
  'discriminator.activation=leaky_relu',
  'train.batch_size=256',
  'train.latents=shared',
)
OF_2016 = (  # the game of the paper
  'loss=non_saturating',
  'penalty.r1=0',
  'penalty.r2=0',
  'discriminator.norm=batch',
)


class Work(NamedTuple):
  """One row of a table."""

  config: str  # a file of configs/, and a variant of it: 'name' or 'name:cpu'
  fields: tuple = ()  # 'field=value'
  shape: tuple | None = None  # of the examples, if they are not images of the config's size
  threads: int = 0  # of PyTorch, where fewer than all are its best
  images: tuple = ('image',)  # the names of those in a batch


WORKS = {
  'dcgan28': Work('dcgan_mnist', DCGAN_28),
  'dcgan28_r1': Work('dcgan_mnist', (*DCGAN_28, 'penalty.r1=1')),
  'dcgan_mnist': Work('dcgan_mnist'),
  'dcgan48': Work('dcgan_avatar'),
  'dcgan64': Work('dcgan_celeba_like', ('train.batch_size=64',)),
  'dcgan64_128': Work('dcgan_celeba_like'),
  'mlp': Work('mlp_mnist'),
  'pix2pix': Work('pix2pix', images=('image', 'source')),
  'cyclegan': Work('cyclegan', images=('image', 'source')),
  'cgan_mnist': Work('cgan_mnist'),
  'acgan_cifar10': Work('acgan_cifar10'),
  'projection_cifar10': Work('projection_cifar10'),
  'gawwn_avatars': Work('gawwn_avatars:cpu', OF_2016),
  'toy': Work('mlp_mnist', TOY, shape=(2,), threads=1),
}


def load(work):
  """(config, Dataset of random examples) of a Work; the same examples for both sides."""
  name, *variant = work.config.split(':')
  file = ':'.join([f'{report.ROOT}/configs/{name}.py', *variant])
  config = configs.load(file, [tuple(field.split('=', 1)) for field in work.fields])
  return config, dataset(config, SIZE, work.shape, work.images)


def dataset(config, size, shape=None, images=('image',)):
  """A Dataset of so many random images for a config, by these names, or of normal vectors of this `shape`.

  With what else the game of the config reads.
  """
  rng = np.random.default_rng(0)
  if shape:
    arrays = {'image': rng.normal(size=(size, *shape)).astype(np.float32)}
  else:
    shape = (*config.data.size, config.data.channels)
    arrays = {name: rng.integers(0, 256, (size, *shape), np.uint8) for name in images}
  read = {'conditional': labels, 'gawwn': descriptions, 'stargan': attributes}.get(config.gan.name, nothing)
  more, facts = read(rng, size)
  return Dataset({**arrays, **more}, size, config.train.batch_size, shape, **facts)


def nothing(rng, size):
  """({name: array} besides the images, fields of the Dataset about them)."""
  return {}, {}


def labels(rng, size):
  """The same of ten classes."""
  return {'label': rng.integers(0, len(CLASSES), size, np.int32)}, {'label_names': CLASSES}


def attributes(rng, size):
  """The same of as many attributes as configs/stargan.py has."""
  known = tuple(f'attribute {k}' for k in range(ATTRIBUTES))
  return {'attributes': rng.integers(0, 2, (size, ATTRIBUTES)).astype(np.float32)}, {'attribute_names': known}


def descriptions(rng, size):
  """The same of captions as long as those of the avatars, right and wrong ones, and of boxes."""
  characters = rng.integers(PADDING + 1, len(CHARACTERS), (2, size, LENGTH), np.int32)
  lengths = rng.integers(LENGTH // 4, LENGTH + 1, (2, size, 1))
  right, wrong = np.where(np.arange(LENGTH) < lengths, characters, PADDING)
  corners = rng.uniform(0.0, 0.5, (size, 2))
  boxes = np.concatenate([corners, corners + rng.uniform(0.3, 0.5, (size, 2))], 1).astype(np.float32)
  arrays = {'caption': right, 'caption_wrong': wrong, 'box': boxes}
  return arrays, {'facts': (('vocabulary', CHARACTERS),)}
