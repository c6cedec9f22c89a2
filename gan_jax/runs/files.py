"""Files that a reader, or a crash, never meets half-written."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
  """A context that gives the path to write to; the file is called `path` once all of it is there."""
  path.parent.mkdir(parents=True, exist_ok=True)
  partial = path.with_name(path.name + '.partial')
  try:
    yield partial
    partial.replace(path)
  finally:
    partial.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
  """Writes a text file."""
  with whole(path) as partial:
    partial.write_text(text)


def save_png(path: Path, pixels: UInt8[np.ndarray, 'H W C'], fast: bool = False) -> None:
  """Writes pixels, of 1, 3 or 4 channels, as a PNG; `fast` spends less time on making it small."""
  image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
  with whole(path) as partial:
    image.save(partial, format='PNG', **({'compress_level': 1} if fast else {}))


def save_npz(path: Path, **arrays: np.ndarray) -> None:
  """Writes arrays by name, compressed."""
  with whole(path) as partial, open(partial, 'wb') as file:
    np.savez_compressed(file, **arrays)
