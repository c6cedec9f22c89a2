"""The files that are translated, their masks, and those that are written, which are never the same."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gan_jax import errors
from gan_jax.data import folder
from gan_jax.data.decoding import images

SUFFIXES = (*images.SUFFIXES, '.npz')  # of files, by which an --out that is meant as one is known
NAMED = 10  # files that could not be read, in the message that names them


def listed(source: str | Path) -> tuple[Path, list[str]]:
  """(folder, names of the images in it) of a folder, or of one file. Raises UserError if there are none."""
  path = Path(source).expanduser()
  if path.is_file():
    return path.parent, [path.name]
  if not source or not path.is_dir():
    raise errors.UserError(f'--input={source} is neither a folder nor a file: which images?')
  found = list(folder.scan(path))
  if not found:
    raise errors.UserError(f'{path} holds no images ({" ".join(images.SUFFIXES)}): set --input')
  return path, found


def tell_unread(source: str | Path, bad: Sequence[str], count: int) -> None:
  """Prints the names of those of `count` files that could not be read. Raises UserError if none could."""
  if not bad:
    return
  more = f' and {len(bad) - NAMED} more' if len(bad) > NAMED else ''
  told = errors.printable(', '.join(bad[:NAMED])) + more
  if len(bad) == count:
    raise errors.UserError(f'no image in --input={source}: {told} cannot be read')
  print(f'passed over {len(bad)} of {count} files, which cannot be read: {told}')


def stem(name: str) -> str:
  """A file's name, with its folders, without the suffix."""
  return name.rpartition('.')[0]


def outputs(source: str | Path, names: Sequence[str], out: Path) -> dict[str, Path]:
  """{name: the PNG file that its translation becomes}: in the folder `out`, or `out` itself for one image.

  Raises UserError for an `out` that can be neither, and for images that would become the same file.
  """
  source, suffix = Path(source).expanduser(), out.suffix.lower()
  if suffix == '.png' and source.is_file() and not out.is_dir():
    return {names[0]: out}
  if suffix in SUFFIXES and not out.is_dir():
    if source.is_file():
      raise errors.UserError(f'--out={out}: an image becomes a PNG, --out={out.with_suffix(".png")}')
    raise errors.UserError(f'--out={out}: a folder of images becomes a folder, --out={out.with_suffix("")}')
  if out.exists() and not out.is_dir():
    raise errors.UserError(f'--out={out} is a file: name a folder')
  if out.is_dir() and out.samefile(source.parent if source.is_file() else source):
    raise errors.UserError(f'--out={out} is where the inputs are: name another folder')
  files = {}
  for name in names:
    other = files.setdefault(stem(name), name)
    if other != name:
      raise errors.UserError(
        f'{source}: {other} and {name} would both become {Path(name).stem}.png: rename one'
      )
  return {name: out / f'{stem(name)}.png' for name in names}


def refuse_overwriting(targets: Iterable[Path], sources: Iterable[Path]) -> None:
  """Raises UserError if one of `targets` is one of `sources`, by whatever links."""
  kept = {_identity(path): path for path in sources}
  for target in targets:
    if (identity := _identity(target)) and identity in kept:
      raise errors.UserError(
        f'{target} would be written over the input {kept[identity]}: choose another --out'
      )


def _identity(path):
  """What a file has in common with all links to it; None if there is no file."""
  try:
    status = os.stat(path)
  except OSError:
    return None
  return status.st_dev, status.st_ino


def masks(path: str | Path, names: Sequence[str]) -> dict[str, Path]:
  """{name: its mask's file}: the file `path`, or those of the same names below it. Raises UserError."""
  path = Path(path).expanduser()
  if path.is_file():
    return dict.fromkeys(names, path)
  if not path.is_dir():
    raise errors.UserError(f'--mask={path} is neither a folder nor a file')
  found = {stem(name): path / name for name in folder.scan(path)}
  missing = [name for name in names if stem(name) not in found]
  if missing:
    raise errors.UserError(f'--mask: {path / missing[0]} is not there, nor an image of that name')
  return {name: found[stem(name)] for name in names}


def refuse_other_sizes(files: Mapping[str, Path], sizes: Mapping[str, tuple[int, int]]) -> None:
  """Raises UserError if the mask in one of `files` {name: path} has not the size of its image."""
  measured = {file: images.size_of(file) for file in {files[name] for name in sizes}}
  for name, size in sizes.items():
    if (other := measured[files[name]]) != size:
      there, here = ('x'.join(map(str, some)) for some in (other, size))
      raise errors.UserError(f'the mask {files[name]} is {there} (height x width), but {name} is {here}')


def hole(file: Path) -> Float[np.ndarray, 'H W 1']:
  """The mask of 0 and 1 in a file, 1 where it is light. Raises BadImage."""
  return (images.whole(file, 1) > 127).astype(np.float32)
