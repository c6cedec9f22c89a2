"""Folders of small pictures, and the options of the data sources that read them."""

from ml_collections import ConfigDict
from PIL import Image

from gan_jax.configs.fields import defaults


def options(module, tmp_path, **changes):
  """The data section of a source: its defaults, 8x8 pixels, the path tmp_path/set, and `changes` to these."""
  shared = dict(split='train', size=(8, 8), channels=3, resize='crop', flip=False, data_dir=str(tmp_path))
  own = defaults(module.OPTIONS)
  if 'path' in own:
    own['path'] = str(tmp_path / 'set')
  return ConfigDict(shared | own | changes)


def paint(folder, *files, size=(8, 8)):
  """Grey images in RGB, the k-th of level 10 k, in a folder that is made if need be."""
  for k, file in enumerate(files):
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', size, (10 * k,) * 3).save(path)


def levels(dataset):
  """The k of each image that `paint` made."""
  return (dataset.arrays['image'][:, 0, 0, 0] // 10).tolist()
