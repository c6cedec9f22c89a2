"""One checkpoint: a folder, named by its step, of a file of arrays and their manifest."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gan_jax import errors
from gan_jax.data.decoding import regular
from gan_jax.runs import arrays, manifest, older
from gan_jax.runs.arrays import Damaged
from gan_jax.runs.files import PARTIAL, sync, unused

ARRAYS, MANIFEST = 'arrays.safetensors', 'manifest.json'
REMOVED = '.removed'


def write(
  path: Path, found: Mapping[str, np.ndarray], facts: Mapping[str, Any], finite: bool = True
) -> dict[str, Any]:
  """The manifest of a new checkpoint, which is on the disk, whole, before it has its name.

  Raises arrays.NotFinite and OSError, and then leaves nothing.
  """
  partial = path.with_name(f'{path.name}{PARTIAL}')
  if not path.parent.exists():
    path.parent.mkdir()  # not its parents: a run that was moved away is not begun anew
    sync(path.parent.parent)
  shutil.rmtree(partial, ignore_errors=True)
  try:
    partial.mkdir()
    record = {'step': int(path.name), **arrays.write(partial / ARRAYS, found, finite), **facts}
    (partial / MANIFEST).write_text(manifest.seal(record))
    sync(partial / MANIFEST)
    sync(partial)
    partial.rename(path)
    sync(path.parent)
  finally:
    shutil.rmtree(partial, ignore_errors=True)
  return record


def load(
  path: Path, wanted: Callable[[str], bool] = lambda _: True
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
  """(manifest, {name: array}) of those arrays that are `wanted`, each checked by its digest.

  The manifest of an older form is {}. Raises Damaged, and UserError for a newer form, and for what cannot be
  read now.
  """
  if older.is_older(path):
    return {}, {name: array for name, array in older.read(path).items() if wanted(name)}
  with opened(path) as (record, file):
    return record, arrays.read(file, record, [name for name in record['arrays'] if wanted(name)])


def check(path: Path) -> dict[str, Any]:
  """The manifest of a checkpoint of which every byte has been read. Raises as `load` does."""
  if older.is_older(path):
    older.read(path)
    return {}
  with opened(path) as (record, file):
    arrays.check(file, record)
  return record


def facts(path: Path) -> dict[str, Any]:
  """What the manifest has besides its arrays. Raises as `load` does."""
  if older.is_older(path):
    return {}
  with opened(path) as (record, _):
    return {name: value for name, value in record.items() if name not in ('format', *manifest.PARTS)}


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[dict[str, Any], Any]]:
  """(manifest, open file of the arrays), which stay readable when the checkpoint is removed."""
  try:
    with regular.opened(path / ARRAYS) as file, regular.opened(path / MANIFEST) as text:
      record = manifest.unseal(text.read(), str(path))
      if str(record['step']) != path.name:
        raise Damaged(f'it is of step {record["step"]}')
      yield record, file
  except OSError as error:
    if error.errno in errors.UNREADABLE:
      raise errors.UserError(f'{path} cannot be read now: {error.strerror}') from error
    raise Damaged(f'{Path(str(error.filename or "")).name}: {error.strerror}') from error


def set_aside(path: Path) -> Path:
  """The new name, STEP.damaged, of a checkpoint that cannot be read."""
  return path.rename(unused(path.with_name(f'{path.name}.damaged')))


def remove(path: Path) -> None:
  """Removes a checkpoint, no half of which has its name at any time. Raises OSError."""
  removed = path.with_name(f'{path.name}{REMOVED}')
  path.rename(removed)
  shutil.rmtree(removed, ignore_errors=True)


def tidy(folder: Path) -> None:
  """Removes what a kill has left of checkpoints that were being written, or removed."""
  for path in folder.glob('*'):
    if path.suffix in (PARTIAL, REMOVED) and path.is_file():
      path.unlink(missing_ok=True)
    elif path.suffix in (PARTIAL, REMOVED):
      shutil.rmtree(path, ignore_errors=True)
