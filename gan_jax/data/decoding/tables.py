"""Tables that tell of the images of a folder: labels and attributes, as CSV or in CelebA's own form.

Cells lie between commas, semicolons or tabs, whichever are in most lines; spaces around them do not count.
Rows for files that are not there are passed over, and counted.
"""

import csv
import io
import math
import os
import re
from collections.abc import Collection, Sequence

import numpy as np
from jaxtyping import Float32, Int32

from gan_jax import errors
from gan_jax.data.decoding import images, regular
from gan_jax.data.law import MISSING

Path = str | os.PathLike
SEPARATORS = ',;\t'
DIGITS = 18  # of a whole number; longer ones are words
LARGEST = 1e30  # of a real number: differences of two are finite in float32
FLAGS = {'1': 1, '0': 0, '-1': 0, 'true': 1, 'false': 0}


def labels(
  path: Path, files: Sequence[str], found: Collection[str], missing: bool = False
) -> tuple[list[str], Int32[np.ndarray, ' N']]:
  """(names, numbers) of the labels that the table at `path` gives to `files`, which are among those `found`.

  Sorted by name, or by value if all are whole numbers. The table has the columns `file` and `label`, or two
  columns without a heading. Raises UserError unless it has a label, and no two, for each of `files`; if they
  may be `missing`, those without one have the number MISSING.
  """
  heads, rows = _read(path, 'data.labels')
  if len(heads) == 2 and _is_image(heads[0]):
    heads, rows = ['file', 'label'], [heads, *rows]
  for column in ('file', 'label'):
    if column not in heads:
      raise errors.UserError(f'{path} has no column {column!r}: its first line must be file,label')
  given = {name: cells[0] for name, cells in _by_file(path, heads, rows, found, ['label']).items()}
  bare = [name for name in files if not given.get(name)]
  if bare and not missing:
    more = f' (and {len(bare) - 1:,} more)' if len(bare) > 1 else ''
    raise errors.UserError(
      f'{path} has no label for {bare[0]}{more}: add a row, or set data.missing_labels=True'
    )
  known = {label for label in given.values() if label}
  whole = all(re.fullmatch(rf'-?\d{{1,{DIGITS}}}', label) for label in known)
  label_names = sorted(known, key=int if whole else None)
  number = {name: k for k, name in enumerate(label_names)}
  return label_names, np.array([number.get(given.get(name), MISSING) for name in files], np.int32)


def attributes(
  path: Path,
  files: Sequence[str],
  found: Collection[str],
  wanted: Sequence[str] = (),
  others: Sequence[str] = (),
) -> tuple[tuple[str, ...], Float32[np.ndarray, 'N K']]:
  """(names, 0 and 1) of the attributes `wanted`, or all but `others`, that a table gives to `files`.

  The table is a CSV file whose column `file`, or else the first one, names images, or list_attr_celeba.txt
  as https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html has it. Raises UserError as `labels` does.
  """
  heads, rows, known = _columns(path)
  known = [name for name in known if name not in others]
  kept = [known[k] for k in which(wanted, known)]
  given = _by_file(path, heads, rows, found, kept)

  def number(file, k):
    text = given[file][k].lower() if file in given else ''
    if text not in FLAGS:
      what = f'{kept[k]} of {file} is {text!r}' if file in given else f'it says nothing of {file}'
      rule = 'every image needs 1, 0 or -1 for each of data.attributes (numbers are for data.values)'
      raise errors.UserError(f'{path}: {what}; {rule}')
    return FLAGS[text]

  values = [[number(file, k) for k in range(len(kept))] for file in files]
  return tuple(kept), np.array(values, np.float32)


def values(
  path: Path, files: Sequence[str], found: Collection[str], wanted: Sequence[str]
) -> Float32[np.ndarray, 'N V']:
  """The real numbers that the columns `wanted` of a table, as that of `attributes`, give to `files`.

  Raises UserError unless it has one for each, of at most LARGEST.
  """
  heads, rows, known = _columns(path)
  which(wanted, known, 'value in data.values')
  given = _by_file(path, heads, rows, found, wanted)

  def number(file, k):
    text = given[file][k] if file in given else ''
    try:
      value = float(text)
    except ValueError:
      value = math.nan
    if not abs(value) <= LARGEST:
      what = f'{wanted[k]} of {file} is {text!r}' if file in given else f'it says nothing of {file}'
      raise errors.UserError(f'{path}: {what}; every image needs a number for each of data.values')
    return value

  table = [[number(file, k) for k in range(len(wanted))] for file in files]
  return np.array(table, np.float32).reshape(len(files), len(wanted))


def _columns(path):
  """(heads, rows, the names of the columns but that of the files). Raises UserError."""
  heads, rows = _read(path, 'data.attribute_table')
  known = [name for name in heads if name != _file_column(heads)]
  if not known or _is_image(heads[0]):
    raise errors.UserError(f'{path} has no columns of attributes: its first line must be file,NAME,...')
  return heads, rows, known


def which(
  wanted: Sequence[str], known: Sequence[str], what: str = 'attribute in data.attributes'
) -> list[int]:
  """The indices of the attributes `wanted`, by name, or of all if there are none. Raises UserError."""
  for name in wanted:
    if name not in known:
      raise errors.unknown(what, name, known)
  return [list(known).index(name) for name in wanted or known]


def _read(path, field):
  """(heads, rows) of a table, lists of text. Raises UserError."""
  try:
    text = regular.text(path, 'utf-8-sig')
    separator = max(SEPARATORS, key=lambda sign: sum(sign in line for line in text.splitlines()))
    lines = list(csv.reader(io.StringIO(text, newline=''), delimiter=separator, skipinitialspace=True))
  except OSError as error:
    raise errors.UserError(f'{field}: {path} cannot be read ({error.strerror})') from None
  except (csv.Error, UnicodeDecodeError) as error:
    raise errors.UserError(f'{field}: {path} is not a CSV file in UTF-8 ({error})') from None
  lines = [[cell.strip() for cell in line] for line in lines]
  lines = [line for line in lines if any(line)]
  if len(lines) > 1 and len(lines[0]) == 1 and lines[0][0].isdecimal():  # CelebA's: how many there are
    lines = [' '.join(line).split() for line in lines[1:]]
    lines[0] = ['file', *lines[0]]
  return (lines[0], lines[1:]) if lines else ([], [])


def _by_file(path, heads, rows, found, columns):
  """{file: its cells of the `columns`} of the rows for files that are `found`, the count of others printed.

  A cell that a short row lacks is ''. Raises UserError if no row fits, or two say different things.
  """
  given, absent = {}, 0
  for row in rows:
    cells = dict(zip(heads, row, strict=False))
    name = os.path.normpath(cells.get(_file_column(heads), ''))
    told = [cells.get(column, '') for column in columns]
    if name not in found:
      absent += 1
    elif given.setdefault(name, told) != told:
      raise errors.UserError(f'{path} says two things of {name}: remove one of its rows')
  if absent and not given:
    example = next(iter(found))
    raise errors.UserError(
      f'{path}: none of its {absent:,} rows names an image that is there; names are as in {example}'
    )
  if absent:
    print(errors.printable(f'{os.path.basename(path)}: {absent:,} rows name files that are not there'))
  return given


def _file_column(heads):
  return 'file' if 'file' in heads else heads[0] if heads else ''


def _is_image(name):
  return name.lower().endswith(images.SUFFIXES)
