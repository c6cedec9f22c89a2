"""Pairs of images: files whose halves belong together, or two folders with files of the same names.

The folders are two anywhere, or the two sub-folders of each split, as train/photo and train/label.
"""

import os

import numpy as np
from jaxtyping import UInt8
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field
from gan_jax.configs.overrides import with_values
from gan_jax.data import folder
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import cache, sub_folders

OPTIONS = {
  **folder.OPTIONS,
  'source_path': Field(
    '', about="the folder of the sources, by the names below `path`; '': halves of a file"
  ),
  'source': Field('left', about='left or right: which half is the source; or the name of its sub-folder'),
  'source_channels': Field(0, '[0, 4]', 'of the source; 0: as many as the image has'),
}
HALVES = ('left', 'right')
FIELDS = {'image': 'data.path', 'source': 'data.source_path'}


def make(options: ConfigDict, batch_size: int) -> Dataset:
  """A resident Dataset of {'source', 'image'}, cropped and flipped alike.

  Raises UserError that names the first file without a partner, and for what folder.py raises.
  """
  if options.source_path:
    return _folders(options, batch_size)
  if options.source not in HALVES:
    return _folders(with_values(options, **_sub_folders(options)), batch_size)
  if options.source_channels not in (0, options.channels):
    raise errors.UserError('data.source_channels: both halves of a file have as many channels')
  height, width = options.size
  wide = folder.make(with_values(options, size=(height, 2 * width)), batch_size)
  files = wide.arrays['image']
  half = files.shape[2] // 2
  parts = dict(zip(HALVES, (files[:, :, :half], files[:, :, half:]), strict=True))
  source = parts.pop(options.source)
  arrays = {'image': next(iter(parts.values())), 'source': source}
  return cache.dataset(options, batch_size, arrays, fingerprint=wide.fingerprint)


def _sub_folders(options):
  """{'path', 'source_path', 'split'} of the two sub-folders of a split. Raises UserError."""
  root = folder.find(options.path)
  found = folder.scan(root)
  prefix = sub_folders.prefix(root, found, options.split)
  below = [name.removeprefix(prefix).split('/') for name in found if name.startswith(prefix)]
  subs = sorted({parts[0] for parts in below if len(parts) > 1})
  if options.source not in subs:
    raise errors.unknown('data.source', options.source, (*HALVES, *subs))
  others = [sub for sub in subs if sub != options.source]
  if len(others) != 1:
    raise errors.UserError(
      f'{root / prefix}: besides {options.source} there must be one sub-folder, not {others}'
    )
  path, source_path = (str(root / prefix / sub) for sub in (others[0], options.source))
  return {'path': path, 'source_path': source_path, 'split': 'train'}


def _folders(options, batch_size):
  sides = {'image': options.path, 'source': options.source_path}
  names = {side: listed(options, path, FIELDS[side]) for side, path in sides.items()}
  stems = {side: [os.path.splitext(name)[0] for name in some] for side, some in names.items()}
  for side, some in stems.items():
    if twice := [name for name, stem in zip(names[side], some, strict=True) if some.count(stem) > 1]:
      raise errors.UserError(f'{sides[side]} has {twice[0]} and {twice[1]}: which of them is the partner?')
  files = {side: dict(zip(stems[side], names[side], strict=True)) for side in sides}
  for side, other in (('image', 'source'), ('source', 'image')):
    lonely = sorted(set(files[side]) - set(files[other]))
    if lonely:
      raise errors.UserError(
        f'{sides[side]} has {len(files[side])} images, {sides[other]} {len(files[other])}:'
        f' {files[side][lonely[0]]} has no partner in the second'
      )
  if stems['image'] != stems['source']:  # in the order in which they are read
    raise errors.UserError(f'{options.path} and {options.source_path} sort differently: give all one ending')
  if options.on_bad_image == 'skip':
    raise errors.UserError('data.on_bad_image=skip would leave images without partners: set it to error')
  arrays, fingerprint = both(options, batch_size)
  return cache.dataset(options, batch_size, arrays, fingerprint=fingerprint)


def listed(options: ConfigDict, path: str, field: str) -> list[str]:
  """The names of the images of a split below `path`, which was given as `field`."""
  root = folder.find(path, field)
  found = folder.scan(root)
  return [name for name in found if name.startswith(sub_folders.prefix(root, found, options.split))]


def both(options: ConfigDict, batch_size: int) -> tuple[dict[str, UInt8[np.ndarray, 'N H W C']], str]:
  """({'image', 'source'} arrays of the folders `path` and `source_path`, the fingerprint of both)."""
  plain = with_values(options, labels='', attribute_table='', attributes=())
  channels = options.source_channels or options.channels
  sides = {'image': plain, 'source': with_values(plain, path=options.source_path, channels=channels)}
  made = {side: folder.make(values, batch_size, FIELDS[side]) for side, values in sides.items()}
  arrays = {side: one.arrays['image'] for side, one in made.items()}
  return arrays, ' and '.join(one.fingerprint for one in made.values())
