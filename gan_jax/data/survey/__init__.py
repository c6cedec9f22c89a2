"""What a folder of images holds, seen in seconds: for a person to read, and for a config to be chosen by."""

import collections
import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from gan_jax import errors
from gan_jax.data import folder
from gan_jax.data.decoding import images, sub_folders, tables
from gan_jax.data.survey import copies, files
from gan_jax.data.survey.files import Header, Looks, some

HEADERS = 3000  # files whose beginning is read
TABLES = ('.csv', '.tsv', '.txt')


@dataclasses.dataclass(frozen=True)
class Survey:
  """What was found. Names of files are relative to `root`."""

  root: Path
  found: Mapping[str, int]  # {name: bytes} of all files that are called like images
  prefix: str  # 'train/' of a set that is divided, or ''
  labels: Mapping[str, int]  # {name: how many} of the training images' labels
  table: str  # the file that these are from, or '' if they are sub-folders
  attributes: tuple[str, ...]  # (table, name, ...) of a table of attributes, or ()
  headers: Sequence[Header]  # of HEADERS files at most, evenly chosen, that are images
  looks: Looks  # of the pixels of fewer of them
  broken: Mapping[str, str]  # {name: why} of those that cannot be read
  copies: copies.Copies
  others: Mapping[str, int]  # {suffix: how many} of the other files

  @property
  def looked(self) -> int:
    """How many of the training split's files were read, at least their beginning."""
    return len(self.headers) + len(self.broken)

  @property
  def train(self) -> list[str]:
    """The files of the training split."""
    return [name for name in self.found if name.startswith(self.prefix)]

  @property
  def test(self) -> list[str]:
    """The files of the test split, or none."""
    try:
      prefix = sub_folders.prefix(self.root, self.found, 'test')
    except errors.UserError:
      return []
    return [name for name in self.found if name.startswith(prefix)]


def look(path: str | os.PathLike) -> Survey:
  """The Survey of a folder. Raises UserError if it is none, or holds no image that can be read."""
  root = folder.find(path, '--data')
  found = {name: size for name, (size, _) in folder.scan(root).items()}
  if not found:
    raise errors.UserError(f'{root} holds no images ({" ".join(images.SUFFIXES)}): set --data')
  prefix = sub_folders.prefix(root, found, 'train')
  train = [name for name in found if name.startswith(prefix)]
  headers, broken = files.headers(root, some(train, HEADERS))
  looks, unreadable = files.looks(root, headers)
  broken = {**broken, **unreadable}
  headers = [header for header in headers if header.name not in broken]
  if not headers:
    raise errors.UserError(
      f'{root}: none of {len(broken):,} files can be read ({next(iter(broken.values()))})'
    )
  label_names, labels, table, attributes = _told(root, train, found, prefix.count('/'))
  counts = collections.Counter(labels if labels is None else labels.tolist())
  return Survey(
    root,
    found,
    prefix,
    {name: counts[k] for k, name in enumerate(label_names)},
    table,
    attributes,
    headers,
    looks,
    broken,
    copies.find(root, found),
    _others(root),
  )


def _told(root, train, found, depth):
  """(label_names, labels, their table, attributes) by the tables at the top of the folder, or sub-folders."""
  label_names, labels = sub_folders.labels(train, found, depth)
  table, attributes = '', ()
  for file in sorted(file for file in root.iterdir() if file.suffix.lower() in TABLES and file.is_file()):
    try:
      label_names, labels = tables.labels(file, train, found)
      table = file.name
    except errors.UserError:
      try:
        attributes = (file.name, *tables.attributes(file, train, found)[0])
      except errors.UserError:
        continue  # other text
  return label_names, labels, table, attributes


def _others(root):
  suffixes = collections.Counter()
  for _, folders, names in os.walk(root):
    folders[:] = [name for name in folders if not name.startswith('.')]
    plain = (name.lower() for name in names if not name.startswith('.'))
    suffixes.update(os.path.splitext(name)[1] for name in plain if not name.endswith(images.SUFFIXES))
  return suffixes
