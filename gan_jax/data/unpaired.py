"""Two folders of images that do not belong together: CycleGAN's two domains, or contents and styles."""

from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field
from gan_jax.data import folder, pairs
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import cache

OPTIONS = {
  **folder.OPTIONS,
  'source_path': Field('', about='the folder of domain A; `path` is that of domain B'),
  'source_channels': Field(0, '[0, 4]', 'of the source; 0: as many as the image has'),
}


def make(options: ConfigDict, batch_size: int) -> Dataset:
  """A resident Dataset of {'source', 'image'}, each in an order of its own; the smaller set comes again.

  Raises UserError for what folder.py raises, and if source_path is missing.
  """
  if not options.source_path:
    raise errors.UserError('data.source_path is empty: set it to the folder of the images to be translated')
  return cache.unpaired(options, batch_size, *pairs.both(options, batch_size))
