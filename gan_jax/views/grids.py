"""Images [N, H, W, C] in [-1, 1] side by side, in tables with headings, as an animation."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8
from PIL import Image, ImageDraw, ImageFont

from gan_jax.data.dataset import to_uint8
from gan_jax.runs import files
from gan_jax.views import movies

Images = Float[Array | np.ndarray, 'B H W C']
Some = Float[Array | np.ndarray, 'B H _ _']  # of one height, and several widths and counts of channels
Pixels = UInt8[np.ndarray, 'tall wide 3']
LETTERS = 40  # in a line beside a row


def strip(images: Sequence[Some]) -> Float[Array, 'B H W C']:
  """Images in a list as one, side by side."""
  return jnp.concatenate(alike(images), 2)


def alike(images: Sequence[Some]) -> Sequence[Some]:
  """Images in a list, all with as many channels: grey ones become coloured.

  Of images with other channel counts than 1 and 3, such as maps, the first channel is shown.
  """
  if len({some.shape[-1] for some in images}) == 1:
    return images
  plain = [some if some.shape[-1] in (1, 3) else some[..., :1] for some in images]
  channels = max(some.shape[-1] for some in plain)
  return [jnp.broadcast_to(some, (*some.shape[:3], channels)) for some in plain]


def table(columns: Mapping[str, Some], width: int = 640, captions: Sequence[str] = ()) -> Pixels:
  """Images by their headings as one picture, each under its heading: some examples a row.

  With a caption for each example there is one in a row, and its caption below.
  """
  examples = jnp.stack(alike(list(columns.values())), 1)
  words = [heading.replace('_', ' ') for heading in columns] * (1 if captions else max(1, 8 // len(columns)))
  if captions:
    lines = [tile(row, len(words), width) for row in examples]
    below = [written(text, lines[0].shape[1]) for text in captions]
    grid = np.concatenate([part for pair in zip(lines, below, strict=True) for part in pair])
  else:
    grid = tile(examples.reshape(-1, *examples.shape[2:]), len(words), width)
  across = grid.shape[1] / len(words)
  font = ImageFont.load_default(14)
  longest = max(font.getlength(word) for word in words)
  font = ImageFont.load_default(min(14, 14 * 0.85 * across / longest))
  head = Image.new('RGB', (grid.shape[1], 22), 'white')
  for k, word in enumerate(words):
    ImageDraw.Draw(head).text(((k + 0.5) * across, 11), word, 'black', font, anchor='mm')
  return np.concatenate([np.asarray(head), grid])


def written(text: str, width: int, size: int = 12) -> Pixels:
  """A text of this width, in as many lines as it takes, of letters `size` high."""
  font = ImageFont.load_default(size)
  letters = 0.9 * (width - 8) * len(text) / max(font.getlength(text), 1)
  lines = textwrap.wrap(text, max(1, int(letters))) or ['']
  picture = Image.new('RGB', (width, len(lines) * (size + 3) + 6), 'white')
  for k, line in enumerate(lines):
    ImageDraw.Draw(picture).text((4, (k + 0.5) * (size + 3) + 3), line, 'black', font, anchor='lm')
  return np.asarray(picture)


def rows(named: Mapping[str, Images], width: int = 640) -> Pixels:
  """Images by name as one picture, a row for each name: as many as fit beside it, 16 at most.

  A long name, such as a caption, has several lines.
  """
  shape = next(iter(named.values())).shape
  columns = max(1, min(16, shape[0], 2 * width // shape[2]))
  grid = tile(np.concatenate([images[:columns] for images in named.values()]), columns, width)
  height = (grid.shape[0] + 1) / len(named)
  names = [textwrap.wrap(name, LETTERS) or [''] for name in named]
  font = ImageFont.load_default(min(14, 0.8 * height / max(map(len, names))))
  longest = max(font.getlength(line) for lines in names for line in lines)
  side = Image.new('RGB', (math.ceil(longest) + 16, grid.shape[0]), 'white')
  for k, lines in enumerate(names):
    middle = 8, (k + 0.5) * height
    ImageDraw.Draw(side).multiline_text(middle, '\n'.join(lines), 'black', font, anchor='lm', spacing=0)
  return np.concatenate([np.asarray(side), grid], 1)


def tile(images: Images, columns: int | None = None, width: int = 640) -> Pixels:
  """A grid of images, each enlarged by a whole factor so that it is about `width` wide.

  `columns` defaults to the number that makes the grid twice as wide as high at most (32 squares: 4x8).
  """
  images = np.asarray(to_uint8(np.asarray(images)))
  images = images.repeat(3, -1) if images.shape[-1] == 1 else images[..., :3]
  count, height, side, _ = images.shape
  columns = columns or 2 ** math.floor(math.log2(max(1, count * height / side)) / 2 + 0.5)
  rows = -(-count // columns)
  scale = max(1, round(width / (columns * side)))
  gap = 1
  grid = np.full((rows * columns, height + gap, side + gap, 3), 255, np.uint8)
  grid[:count, :height, :side] = images
  grid = grid.reshape(rows, columns, height + gap, side + gap, 3).swapaxes(1, 2)
  grid = grid.reshape(rows * (height + gap), columns * (side + gap), 3)[:-gap, :-gap]
  return grid.repeat(scale, 0).repeat(scale, 1)


def animate(path: Path, frames: Sequence[Path], most: int = 60, seconds: float = 8.0) -> None:
  """Writes a GIF of the PNG files `frames`, thinned to `most` of them; the last one stays for a second.

  Files that are none are left out.
  """
  if not frames:
    return
  chosen = [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, most).round().astype(int))]
  if not (chosen := [frame for frame in chosen if files.is_png(frame)]):
    return
  pictures = (files.load_png(frame) for frame in chosen)
  durations = [int(1000 * seconds / max(len(chosen), 20))] * (len(chosen) - 1) + [1000]
  movies.gif(path, pictures, durations)
