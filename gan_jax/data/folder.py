"""Any folder of images: searched with its sub-folders, decoded once, labelled by sub-folder or by a table."""

import functools
import heapq
import os
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Int32
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import cache, images, tables

Found = Mapping[str, tuple[int, int]]  # {name: (bytes, modification time in ns)}
OPTIONS = {
  'path': '',
  'labels': '',  # a CSV file with the columns `file` and `label`; its path and `file` start from `path`
  'attribute_table': '',  # CSV with `file` and a column of 0 and 1 for each, or CelebA's list_attr file
  'attributes': (),  # those of the table that are batch['attributes']; () for all
  **images.OPTIONS,
}
SPLITS = {'train': ('train',), 'test': ('test', 'val'), 'val': ('val',)}  # which sub-folder, by preference


def make(options: ConfigDict, batch_size: int) -> Dataset:
  """A resident Dataset of the images below `options.path`, in the order of their names.

  All of them are the training split, unless they lie in train/ and test/ (or val/). Labels are from the
  table `options.labels`, or else the names of the sub-folders if all images lie in one and there are
  two or more. Attributes are from the table `options.attribute_table`. Raises UserError.
  """
  settings = images.settings(options)
  root = find(options.path)
  found = scan(root)
  if not found:
    raise errors.UserError(f'{root} holds no images ({" ".join(images.SUFFIXES)}): set data.path')
  prefix = split_prefix(root, found, options.split)
  files = [name for name in found if name.startswith(prefix)]
  below = lambda path: root / pathlib.Path(path).expanduser()
  if options.labels:
    label_names, labels = tables.labels(below(options.labels), files, found)
  else:
    label_names, labels = folder_labels(files, found, depth=prefix.count('/'))
  attribute_names, attributes = (), None
  if options.attribute_table:
    table = below(options.attribute_table)
    attribute_names, attributes = tables.attributes(table, files, found, options.attributes)

  def fill(folder):
    decode = functools.partial(images.decode, **settings)
    paths = (root / name for name in files)
    return {'bad': cache.write_images(folder / 'image.npy', options, decode, paths, len(files))}

  key = [str(root.resolve()), settings, options.on_bad_image, [(name, *found[name]) for name in files]]
  arrays, notes = cache.load(options.data_dir, f'folder-{root.resolve().name}', key, fill)
  for name, values in (('label', labels), ('attributes', attributes)):
    if values is not None:
      arrays[name] = np.delete(values, notes['bad'], 0)
  skipped = [files[k] for k in notes['bad']]
  return cache.dataset(options, batch_size, arrays, skipped, label_names, attribute_names)


def find(path: str | pathlib.Path) -> pathlib.Path:
  """The folder at `path`. Raises UserError if there is none."""
  if not path:
    raise errors.UserError('data.path is empty: set --config.data.path=FOLDER to a folder of images')
  root = pathlib.Path(path).expanduser()
  if not root.is_dir():
    raise errors.UserError(f'{root} is not a folder: set data.path to a folder of images')
  return root


def scan(root: pathlib.Path) -> Found:
  """{name relative to `root`: (bytes, modification time in ns)} of all image files below it, sorted.

  Hidden files and folders are passed over. Links are followed, each real folder is read once (so that a
  loop of links ends). A link to nothing is listed: decoding it tells its name.
  """
  found, seen, pending = {}, set(), [(False, '')]
  try:
    while pending:
      _, folder = heapq.heappop(pending)  # a folder's own name goes before a link's
      status = os.stat(os.path.join(root, folder))
      if (status.st_dev, status.st_ino) in seen:
        continue
      seen.add((status.st_dev, status.st_ino))
      with os.scandir(os.path.join(root, folder)) as entries:
        for entry in entries:
          name = entry.name
          if name.startswith('.'):
            continue
          if entry.is_dir():
            heapq.heappush(pending, (entry.is_symlink(), f'{folder}{name}/'))
          elif name.lower().endswith(images.SUFFIXES):
            found[folder + name] = _stamp(entry)
  except OSError as error:
    raise errors.UserError(f'{error.filename} cannot be read ({error.strerror})') from None
  return dict(sorted(found.items()))


def _stamp(entry):
  try:
    status = entry.stat()
    return status.st_size, status.st_mtime_ns
  except OSError:
    return 0, 0


def split_prefix(root: pathlib.Path, found: Found, split: str) -> str:
  """The sub-folder that holds a split ('train/', 'test/', ...), or '' where the set is not divided."""
  if split not in SPLITS:
    raise errors.unknown('data.split', split, SPLITS)
  tops = {name.split('/')[0] for name in found if '/' in name}
  divided = 'train' in tops and (tops & {'test', 'val'} or all(name.startswith('train/') for name in found))
  if not divided and split == 'train':
    return ''
  for folder in SPLITS[split]:
    if divided and folder in tops:
      return f'{folder}/'
  raise errors.UserError(
    f'{root} has no {split} split: put images in its sub-folders train/ and {split}/, or set data.split=train'
  )


def folder_labels(
  files: Sequence[str], found: Found, depth: int = 0
) -> tuple[Sequence[str], Int32[np.ndarray, ' N'] | None]:
  """(names, numbers) of the sub-folders, `depth` below the top, that `files` lie in; ((), None) if some
  lie in none, or all in one. The names are those of all splits, so that numbers mean the same in each."""
  parts = [name.split('/')[depth:] for name in found]
  label_names = sorted({part[0] for part in parts if len(part) > 1})
  if len(label_names) < 2 or any(name.count('/') <= depth for name in files):
    return (), None
  number = {name: k for k, name in enumerate(label_names)}
  return label_names, np.array([number[name.split('/')[depth]] for name in files], np.int32)
