"""What image files say of themselves: by their beginning, and by their pixels."""

import concurrent.futures
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import UInt8

from gan_jax.data.decoding import images

SIDE = 32  # of a thumbnail
PIXELS = 3e8  # that are decoded at most: a few seconds
FEWEST = 64  # files that are decoded, however large they are
FLAT = 8  # levels of 255: an image that varies less is blank
THREADS = 8
KINDS = {'1': 'grey', 'L': 'grey', 'LA': 'grey', 'P': 'palette', 'PA': 'palette', 'F': '16 bit'}


class Header(NamedTuple):
  """What the beginning of a file says."""

  name: str
  size: tuple[int, int]  # (height, width), as it is to be seen
  kind: str  # 'grey', 'palette', 'RGB', 'RGBA', '16 bit', 'CMYK', ...
  transparent: bool
  animated: bool
  format: str


class Looks(NamedTuple):
  """What the pixels of some files say."""

  names: list[str]
  grey: bool  # whether all of them are
  blank: dict[str, list[str]]  # {background: those that vary by less than FLAT levels over it}
  seconds: float  # that a file took


def some(items: Sequence[Any], count: int) -> list[Any]:
  """`count` of the items at most, evenly chosen."""
  return [items[k] for k in np.linspace(0, len(items) - 1, min(count, len(items))).astype(int)]


def headers(root: Path, names: Sequence[str]) -> tuple[list[Header], dict[str, str]]:
  """(the Headers of files, {name: why} of those that cannot be read)."""
  return _each(lambda name: header(root, name), names)


def header(root: Path, name: str) -> Header:
  """The Header of a file. Raises BadImage."""
  path = root / name
  with images.opened(path, name) as image:
    kind = '16 bit' if image.mode.startswith('I') else KINDS.get(image.mode, image.mode)
    told = kind, image.has_transparency_data, getattr(image, 'is_animated', False), image.format or ''
  return Header(name, images.size_of(path), *told)


def looks(root: Path, known: Sequence[Header]) -> tuple[Looks, dict[str, str]]:
  """(the Looks of some of the `known` files, {name: why} of those that cannot be decoded)."""
  if not known:
    return Looks([], False, {}, 0.0), {}
  typical = statistics.median(header.size[0] * header.size[1] for header in known)
  names = [header.name for header in some(known, max(FEWEST, int(PIXELS / typical)))]
  begun = time.perf_counter()
  seen, broken = _each(lambda name: (name, thumbnail(root, name)), names)
  seconds = (time.perf_counter() - begun) / len(names)
  thumbnails = [pixels for _, pixels in seen]
  blank = {
    background: [name for name, pixels in seen if np.ptp(over(pixels, level), (0, 1)).max() < FLAT]
    for background, level in (('white', 255), ('black', 0))
  }
  grey = all(np.ptp(over(pixels, 255), -1).max() < FLAT for pixels in thumbnails)
  return Looks([name for name, _ in seen], grey, blank, seconds), broken


def thumbnail(root: Path, name: str) -> UInt8[np.ndarray, 'H W 4']:
  """A file at SIDE x SIDE with its transparency. Raises BadImage."""
  return images.decode(root / name, (SIDE, SIDE), channels=4, resize='stretch', name=name)


def over(pixels: UInt8[np.ndarray, 'H W 4'], level: int) -> np.ndarray:
  """Pixels laid over grey of a level: float32 [H, W, 3]."""
  alpha = pixels[..., 3:].astype(np.float32) / 255
  return pixels[..., :3] * alpha + level * (1 - alpha)


def _each(function: Callable, names: Iterable[str]) -> tuple[list, dict[str, str]]:
  """(what `function` gives for the names, in their order, {name: why} of those for which it fails)."""
  broken = {}

  def attempt(name):
    try:
      return function(name)
    except images.BadImage as error:
      broken[name] = str(error).partition('cannot be read as an image (')[2].rpartition('):')[0]

  with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
    found = [value for value in pool.map(attempt, names) if value is not None]
  return found, dict(sorted(broken.items()))
