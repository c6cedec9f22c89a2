"""Tables that tell of the images of a folder: labels and attributes, as CSV or in CelebA's own form."""

import csv
import os
from collections.abc import Container, Sequence

import numpy as np
from jaxtyping import Float32, Int32

from gan_jax import errors

Path = str | os.PathLike
FLAGS = {'1': 1, '0': 0, '-1': 0, 'true': 1, 'false': 0}


def labels(
  path: Path, files: Sequence[str], found: Container[str]
) -> tuple[list[str], Int32[np.ndarray, ' N']]:
  """(names, numbers) of the labels that the CSV file at `path` gives to `files`.

  Sorted by name, or by value if all are whole numbers. Raises UserError unless the table names images
  that are `found` and no others, and has a label for each of `files`.
  """
  heads, rows = _read(path, 'labels')
  for column in ('file', 'label'):
    if column not in heads:
      raise errors.UserError(f'{path} has no column {column!r}: its first line must be file,label')
  given = _by_file(path, heads, rows, found)
  texts = []
  for name in files:
    if not given.get(name, {}).get('label'):
      raise errors.UserError(f'{path} has no label for {name}: add a row')
    texts.append(given[name]['label'])
  known = {row['label'] for row in given.values() if row.get('label')}
  whole = all(label.lstrip('-').isdecimal() for label in known)
  label_names = sorted(known, key=int if whole else None)
  number = {name: k for k, name in enumerate(label_names)}
  return label_names, np.array([number[text] for text in texts], np.int32)


def attributes(
  path: Path, files: Sequence[str], found: Container[str], wanted: Sequence[str] = ()
) -> tuple[tuple[str, ...], Float32[np.ndarray, 'N K']]:
  """(names, 0 and 1) of the attributes `wanted`, or all, that a table gives to `files`.

  The table is a CSV file whose column `file`, or else the first one, names images, or list_attr_celeba.txt
  as https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html has it. Raises UserError as `labels` does.
  """
  heads, rows = _read(path, 'attribute_table')
  given = _by_file(path, heads, rows, found)
  known = [name for name in heads if name != _file_column(heads)]
  if not known:
    raise errors.UserError(f'{path} has no columns of attributes: its first line must be file,NAME,...')
  kept = [known[k] for k in which(wanted, known)]

  def number(file, column):
    text = given.get(file, {}).get(column, '').strip().lower()
    if text not in FLAGS:
      what = f'{column} of {file} is {text!r}' if file in given else f'it says nothing of {file}'
      raise errors.UserError(f'{path}: {what}; every image needs 1, 0 or -1 for each of data.attributes')
    return FLAGS[text]

  values = [[number(file, column) for column in kept] for file in files]
  return tuple(kept), np.array(values, np.float32)


def which(wanted: Sequence[str], known: Sequence[str]) -> list[int]:
  """The indices of the attributes `wanted`, by name, or of all if there are none. Raises UserError."""
  for name in wanted:
    if name not in known:
      raise errors.unknown('attribute in data.attributes', name, known)
  return [list(known).index(name) for name in wanted or known]


def _read(path, field):
  """(heads, rows) of a table, lists of text. Raises UserError."""
  try:
    with open(path, newline='', encoding='utf-8-sig') as file:
      lines = list(csv.reader(file))
  except OSError as error:
    raise errors.UserError(f'data.{field}: {path} cannot be read ({error.strerror})') from None
  except (csv.Error, UnicodeDecodeError) as error:
    raise errors.UserError(f'data.{field}: {path} is not a CSV file in UTF-8 ({error})') from None
  lines = [line for line in lines if line]
  if (
    len(lines) > 1 and len(lines[0]) == 1 and lines[0][0].strip().isdecimal()
  ):  # CelebA's: how many there are
    lines = [line[0].split() for line in lines[1:]]
    lines[0] = ['file', *lines[0]]
  return (lines[0], lines[1:]) if lines else ([], [])


def _by_file(path, heads, rows, found):
  """{file: {head: text}}. Raises UserError for a file that is not `found`."""
  column = _file_column(heads)
  given = {}
  for row in rows:
    cells = dict(zip(heads, row, strict=False))
    name = os.path.normpath(cells[column])
    if name not in found:
      raise errors.UserError(f'{path} names {name}, but there is no such image: remove that row')
    given[name] = cells
  return given


def _file_column(heads):
  return 'file' if 'file' in heads else heads[0] if heads else ''
