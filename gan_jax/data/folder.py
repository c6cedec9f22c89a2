"""Any folder of images: searched with its sub-folders, decoded once, labelled by sub-folder or by a table."""

import functools
import hashlib
import heapq
import os
import pathlib
import stat
from collections.abc import Mapping, Sequence

import numpy as np
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field
from gan_jax.data import captioned
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import annotations, cache, images, sub_folders, tables, writing

Found = Mapping[str, tuple[int, int]]  # {name: (bytes, modification time in ns)}
OPTIONS = {
  'path': Field('', about='the folder'),
  'labels': Field('', about='a table with the columns file and label; its path and file start from `path`'),
  'attribute_table': Field(
    '', about="with file and a column of 0 and 1 for each, or CelebA's list_attr file"
  ),
  'attributes': Field((), about='those of the table that are given, by name; (): all but data.values'),
  'values': Field(
    (), about='its columns of real numbers, by name, scaled to [-1, 1] over the training split'
  ),
  'missing_labels': Field(False, about='data.labels may leave images out, which have no label then'),
  **annotations.OPTIONS,
  **images.OPTIONS,
}


def make(options: ConfigDict, batch_size: int, field: str = 'data.path') -> Dataset:
  """A resident Dataset of the images below `options.path`, in the order of their names.

  All of them are the training split, unless they lie in train/ and test/ (or val/). Labels are from the
  table `options.labels`, or else the names of the sub-folders if all images lie in one and there are
  two or more. Attributes and values are from the table `options.attribute_table`. Raises UserError, which
  says that the path was given as `field`.
  """
  settings = images.settings(options)
  root = find(options.path, field)
  found = scan(root)
  if not found:
    raise errors.UserError(f'{root} holds no images ({" ".join(images.SUFFIXES)}): set {field}')
  prefix = sub_folders.prefix(root, found, options.split)
  files = [name for name in found if name.startswith(prefix)]
  label_names, labels = _labels(options, root, files, found, prefix)
  value_ranges, values = _values(options, root, files, found)
  attribute_names, attributes = _attributes(options, root, files, found)
  told = _told(options, root, files, found)

  def fill(folder):
    decode = functools.partial(images.decode, **settings)
    paths = (root / name for name in files)
    return {'bad': writing.write_images(folder / 'image.npy', options, decode, paths, len(files))}

  key = [str(root.resolve()), settings, options.on_bad_image, [(name, *found[name]) for name in files]]
  arrays, notes = cache.load(options.data_dir, f'folder-{root.resolve().name}', key, fill)
  told = {'label': labels, 'attributes': attributes, 'values': values, **told}
  told = {name: numbers for name, numbers in told.items() if numbers is not None}
  arrays |= {name: np.delete(numbers, notes['bad'], 0) for name, numbers in told.items()}
  skipped = [files[k] for k in notes['bad']]
  others = [numbers for name, numbers in told.items() if name not in ('label', 'attributes')]
  same = [(name, found[name][0]) for name in files], [*label_names, *attribute_names], labels, attributes
  facts = label_names, attribute_names, identity(*same, *others)
  known = cache.dataset(options, batch_size, arrays, skipped, *facts)
  known = known.replace(facts=(('value_ranges', value_ranges),)) if value_ranges else known
  return captioned.finish(known)


def _labels(options, root, files, found, prefix):
  if options.labels:
    return tables.labels(_below(root, options.labels), files, found, options.missing_labels)
  return sub_folders.labels(files, found, depth=prefix.count('/'))


def _attributes(options, root, files, found):
  if options.attribute_table:
    table = _below(root, options.attribute_table)
    names, flags = tables.attributes(table, files, found, options.attributes, options['values'])
    return (names, flags) if names else ((), None)
  if options.attributes:
    raise errors.UserError('data.attributes are those of a table: set data.attribute_table')
  return (), None


def _values(options, root, files, found):
  """(((name, lowest, highest), ...) in the training split, [N, V] scaled by it to [-1, 1]), or ((), None)."""
  if not options['values']:  # not options.values, which is a method
    return (), None
  if not options.attribute_table:
    raise errors.UserError('data.values are columns of a table: set data.attribute_table')
  numbers = tables.values(_below(root, options.attribute_table), list(found), found, options['values'])
  training = sub_folders.prefix(root, found, 'train')
  learned = numbers[[name.startswith(training) for name in found]]
  low, high = learned.min(0), learned.max(0)
  if (low == high).any():
    same = options['values'][int((low == high).argmax())]
    raise errors.UserError(f'data.values: {same} is the same for all images: leave it out')
  position = {name: k for k, name in enumerate(found)}
  scaled = 2 * (numbers[[position[name] for name in files]] - low) / (high - low) - 1
  ranges = zip(options['values'], low.tolist(), high.tolist(), strict=True)
  return tuple(ranges), scaled.astype(np.float32)


def _told(options, root, files, found):
  """{'captions', 'box', 'keypoints': [N, ...]}, of what annotations say."""
  notes = annotations.read(options, root, files, found)
  if any(note.box or note.keypoints for note in notes.values()):
    if options.resize == 'random_crop':
      raise errors.UserError('a random window would belie boxes and keypoints: set data.resize=crop')
    sizes = (annotations.size_of(root / name, options) for name in files)
    notes = dict(zip(files, annotations.within(notes, sizes, options.size, options.resize), strict=True))
  return captioned.arrays(list(notes.values()), files)


def _below(root, path):
  return root / pathlib.Path(path).expanduser()


def identity(files: Sequence[tuple[str, int]], label_names: Sequence[str], *told: np.ndarray | None) -> str:
  """'1,200 images (5e884898da280471)': what tells the names and bytes of files, and what tables and folders
  say of them, from all others. A copy of them elsewhere, at another time, is the same."""
  values = [None if array is None else hashlib.sha256(array.tobytes()).hexdigest() for array in told]
  return f'{len(files):,} images ({cache.digest([files, label_names, values])})'


def find(path: str | pathlib.Path, field: str = 'data.path') -> pathlib.Path:
  """The folder at `path`, which was given as `field`. Raises UserError if there is none."""
  if not path:
    raise errors.UserError(f'{field} is empty: set --config.{field}=FOLDER to a folder of images')
  root = pathlib.Path(path).expanduser()
  if not root.is_dir():
    raise errors.UserError(f'{root} is not a folder: set {field} to a folder of images')
  return root


def scan(root: pathlib.Path) -> Found:
  """{name relative to `root`: (bytes, modification time in ns)} of all image files below it, sorted.

  Hidden files and folders are passed over. Links are followed, each real folder is read once (so that a
  loop of links ends). A link to nothing, or to itself, is listed: decoding it tells its name. Pipes and
  devices, which may never end, are passed over.
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
          name, mode, stamp = entry.name, *_facts(entry)
          if name.startswith('.'):
            continue
          if stat.S_ISDIR(mode):
            heapq.heappush(pending, (entry.is_symlink(), f'{folder}{name}/'))
          elif stat.S_ISREG(mode) and name.lower().endswith(images.SUFFIXES):
            found[folder + name] = stamp
  except OSError as error:
    raise errors.UserError(f'{error.filename} cannot be read ({error.strerror})') from None
  return dict(sorted(found.items()))


def _facts(entry):
  """(mode, (bytes, modification time)); those of an empty file for what cannot be looked at."""
  try:
    status = entry.stat()
    return status.st_mode, (status.st_size, status.st_mtime_ns)
  except OSError:
    return stat.S_IFREG, (0, 0)
