"""Files of a folder side by side, each with its name, size and kind under it."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from gan_jax.data.decoding import images
from gan_jax.data.survey.files import Header, some
from gan_jax.errors import printable

COUNT, COLUMNS = 64, 8
SIDE = 84  # pixels of a picture's longer side
WORDS = 20  # pixels of the two lines under it
GAP = 6
CHECKS = 6  # pixels of a square of the board behind transparent pictures


def draw(root: Path, headers: Sequence[Header]) -> UInt8[np.ndarray, 'H W 3']:
  """The first frames of COUNT of the files at most, evenly chosen, at one scale of their longer sides.

  Files that turn out to be broken are left out.
  """
  chosen = []
  for header in some(headers, COUNT):
    with contextlib.suppress(images.BadImage):
      chosen.append((header, small(root, header)))
  columns = max(1, min(COLUMNS, len(chosen)))
  across, down = SIDE + GAP, SIDE + WORDS + GAP
  sheet = Image.new('RGB', (columns * across + GAP, -(-len(chosen) // columns) * down + GAP), 'white')
  pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(8)
  for k, (header, picture) in enumerate(chosen):
    left, top = GAP + k % columns * across, GAP + k // columns * down
    corner = left + (SIDE - picture.width) // 2, top + (SIDE - picture.height) // 2
    sheet.paste(board(picture.size), corner)
    sheet.paste(picture, corner, picture)
    words = clipped(Path(header.name).name, font), '{}x{} {}'.format(*header.size, header.kind)
    for line, word in enumerate(words):
      pen.text((left + SIDE / 2, top + SIDE + 1 + 10 * line), word, 'black', font, anchor='mt')
  return np.asarray(sheet)


def small(root: Path, header: Header) -> Image.Image:
  """The picture in RGBA, its longer side SIDE pixels."""
  scale = SIDE / max(header.size)
  size = [max(1, round(side * scale)) for side in header.size]
  return Image.fromarray(images.decode(root / header.name, size, channels=4, resize='stretch'))


def board(size: tuple[int, int]) -> Image.Image:
  """A board of light squares, (width, height)."""
  across, down = (np.arange(side) // CHECKS for side in size)
  return Image.fromarray(np.where((down[:, None] + across) % 2, 225, 245).astype(np.uint8)).convert('RGB')


def clipped(name: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
  """The name, or as much of its end as fits under a picture."""
  name = printable(name)
  while font.getlength(name) > SIDE:
    name = '…' + name[2:]
  return name
