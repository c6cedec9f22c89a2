"""Any image file as uint8 [H, W, C] at the size that is wanted."""

import contextlib
import errno
import io
import math
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8
from ml_collections import ConfigDict
from PIL import ExifTags, Image, ImageColor, ImageOps, UnidentifiedImageError

from gan_jax import errors
from gan_jax.configs.fields import Field
from gan_jax.data.decoding import in_flight, regular

PASSING = (*errors.PASSING, errno.ENOMEM)  # what is no fault of a file
Source = str | os.PathLike | io.BufferedIOBase  # a path, or an open file
OPTIONS = {
  'background': Field('white', about="what shows through transparent pixels: 'white', '#ff8000', ..."),
  'on_bad_image': Field(
    'error', 'error | skip', 'skip leaves out the files that cannot be read, and counts them'
  ),
}
# fmt: off
SUFFIXES = (
  '.avif', '.bmp', '.gif', '.jfif', '.jp2', '.jpe', '.jpeg', '.jpg', '.pbm', '.pgm', '.png', '.pnm', '.ppm',
  '.tga', '.tif', '.tiff', '.webp',
)
# fmt: on
# Pillow looks at the content, not at the suffix, and some formats that it knows start other programs.
FORMATS = ('PNG', 'JPEG', 'WEBP', 'GIF', 'BMP', 'TIFF', 'PPM', 'AVIF', 'JPEG2000', 'TGA')
MODES = {1: 'L', 3: 'RGB', 4: 'RGBA'}
MARGIN = 1.125  # of 'random_crop': 72 pixels for 64
PER_PIXEL = 24  # bytes of an image that is decoded, at most: the decoder's own, turned, on a background
ROWS = 256  # of deep images that are brought to 8 bits at a time


class BadImage(errors.UserError):
  """A file that is no image, is damaged, or is too large to be opened safely."""


def settings(options: ConfigDict) -> dict[str, Any]:
  """The arguments of decode() besides the file, from `config.data`; UserError where a field is wrong."""
  size = tuple(options.size)
  if len(size) != 2 or not all(isinstance(side, int) and side > 0 for side in size):
    raise errors.UserError(f'data.size is (height, width) in pixels, such as (64, 64), not {size}')
  if options.channels not in MODES:
    raise errors.UserError(f'data.channels is 1 (grey), 3 (RGB) or 4 (RGBA), not {options.channels}')
  if options.resize not in RESIZES:
    raise errors.unknown('data.resize', options.resize, RESIZES)
  if options.on_bad_image not in ('error', 'skip'):
    raise errors.unknown('data.on_bad_image', options.on_bad_image, ('error', 'skip'))
  try:
    ImageColor.getrgb(options.background)
  except ValueError as error:
    raise errors.UserError(f"data.background: {error}; say 'white' or '#ff8000'") from None
  return {
    'size': size,
    'channels': options.channels,
    'resize': options.resize,
    'background': options.background,
  }


def stored_size(size: Sequence[int], resize: str) -> tuple[int, int]:
  """(H, W) of the images that decode() gives: `size`, or larger where windows of it are drawn later."""
  return tuple(round(MARGIN * side) for side in size) if resize == 'random_crop' else tuple(size)


def decode(
  source: Source,
  size: Sequence[int],
  channels: int = 3,
  resize: str = 'crop',
  background: str = 'white',
  name: str | None = None,
) -> UInt8[np.ndarray, 'H W {channels}']:
  """The image in a file.

  `size` is (H, W); `resize` is 'crop' (the largest centred window of that shape, resized), 'stretch',
  'random_crop' (as 'crop', but MARGIN times as large, for Dataset.batch to draw windows from) or 'none'.
  Grey, colour, palette, CMYK, 16-bit and float images (in [0, 1] or [0, 255]) are taken; the first frame
  of an animation; rotated as EXIF says; transparent pixels are laid over `background`, unless channels=4
  keeps them. Raises BadImage, and UserError where resize='none' and the sizes differ.
  """
  name = name or str(source)
  size = stored_size(size, resize)
  # A JPEG decodes several times as fast at 1/2, 1/4 or 1/8; twice the wanted size leaves the rest to us.
  enough = None if resize == 'none' else 2 * max(size)
  with _read(source, name, enough, channels, background) as image:
    return np.asarray(RESIZES[resize](image, size, name)).reshape(*size, channels)


def whole(
  path: str | os.PathLike, channels: int, background: str = 'white'
) -> UInt8[np.ndarray, 'H W {channels}']:
  """The image in a file, at its own size. Raises BadImage."""
  with _read(path, str(path), None, channels, background) as image:
    return np.asarray(image).reshape(image.height, image.width, channels)


def size_of(path: Source) -> tuple[int, int]:
  """(H, W) of what `whole` gives, of the beginning of the file alone. Raises BadImage."""
  with opened(path, str(path)) as image:
    # Not the image's own getexif(), by which a PNG that does not say is decoded to its end; TIFFs are turned.
    orientation = Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1)
    turned = orientation >= 5 and image.format != 'TIFF'
    return image.size if turned else image.size[::-1]


@contextlib.contextmanager
def _read(source, name, enough, channels, background):
  """A context that gives the Pillow image of a file, in MODES[channels], and holds the memory for it.

  A JPEG may come smaller, but no side below `enough`.
  """
  with contextlib.ExitStack() as held:
    with opened(source, name) as image:
      # Of a progressive JPEG all coefficients are kept, in 16 bits, however small it is to come.
      kept = 6 * math.prod(image.size) if image.info.get('progressive') else 0
      if enough:
        image.draft(None, (enough, enough))
      held.enter_context(in_flight.MEMORY.taken(PER_PIXEL * math.prod(image.size) + kept))
      ImageOps.exif_transpose(image, in_place=True)
      found = _flatten(_to_8_bits(image), channels, background)
    yield found


@contextlib.contextmanager
def opened(source: Source, name: str) -> Iterator[Image.Image]:
  """A context that gives the Pillow image of a file, before it is decoded; what fails in it is a BadImage."""
  try:
    with _file(source) as file:
      regular.check_length(file)  # some formats are read whole before they are looked at
      with Image.open(file, formats=FORMATS) as image:
        if Image.MAX_IMAGE_PIXELS and math.prod(image.size) > Image.MAX_IMAGE_PIXELS:
          raise Image.DecompressionBombError('{} x {} pixels are too many'.format(*image.size))
        yield image
      return
  except UnidentifiedImageError:
    reason = 'its content is in no known image format'
  except MemoryError:
    raise
  except Exception as error:  # on damaged files Pillow raises nearly every kind there is
    reason = ' '.join(str(getattr(error, 'strerror', None) or error or repr(error)).split())
    if getattr(error, 'errno', None) in PASSING:  # of which nothing is to be remembered
      raise errors.UserError(f'{name} cannot be read now ({reason})') from error
  raise BadImage(f'{name} cannot be read as an image ({reason}): replace it, or set data.on_bad_image=skip')


def _file(source):
  """A context that gives an open file; one that was open before stays so."""
  return regular.opened(source) if isinstance(source, str | os.PathLike) else contextlib.nullcontext(source)


def _to_8_bits(image):
  """An image of 8 bits a channel: 16-bit values are scaled, floats are in [0, 1] or else in [0, 255]."""
  if image.mode != 'F' and not image.mode.startswith('I'):
    return image
  values = np.asarray(image)
  scale = 1 / 257  # 255 / 65535; mode I comes from 16-bit PGM files
  if image.mode == 'F':
    scale = 255 if np.fmax.reduce(values, None, initial=0) <= 1 else 1  # which passes over NaN
  found = np.empty(values.shape, np.uint8)
  for top in range(0, len(values), ROWS):  # so that no copy in floats of all is made
    some = values[top : top + ROWS]
    found[top : top + ROWS] = np.clip(np.round(np.nan_to_num(some * scale)), 0, 255)
  return Image.fromarray(found)


def _flatten(image, channels, background):
  if channels != 4 and image.has_transparency_data:
    image = image.convert('RGBA')
    image = Image.alpha_composite(Image.new('RGBA', image.size, background), image)
  return image.convert(MODES[channels])


def _crop(image, size, name):
  """The largest centred window with the aspect ratio of `size`, resized to it."""
  width = min(image.width, image.height * size[1] / size[0])
  height = min(image.height, image.width * size[0] / size[1])
  left, top = (image.width - width) / 2, (image.height - height) / 2
  return _resize(image, size, (left, top, left + width, top + height))


def _stretch(image, size, name):
  return _resize(image, size, (0, 0, *image.size))


def _same(image, size, name):
  if image.size != size[::-1]:
    raise errors.UserError(
      f'{name} is {image.height} x {image.width} (height x width), not {size[0]} x {size[1]}: '
      'set data.resize=crop, or data.size'
    )
  return image


def _resize(image, size, box):
  """The box (left, top, right, bottom) of an image at `size`: an area average when it shrinks.

  Pillow's BOX is that average where the ratio is whole; at others it takes each pixel wholly or not at
  all (96 to 64: 14 levels off), and HAMMING comes closest (3 levels; LANCZOS 7). Grows by LANCZOS.
  """
  ratios = ((box[2] - box[0]) / size[1], (box[3] - box[1]) / size[0])
  if min(ratios) < 1:
    kernel = Image.Resampling.LANCZOS
  elif all(ratio % 1 == 0 for ratio in ratios):
    kernel = Image.Resampling.BOX
  else:
    kernel = Image.Resampling.HAMMING
  return image.resize(size[::-1], kernel, box)


RESIZES = {'crop': _crop, 'random_crop': _crop, 'stretch': _stretch, 'none': _same}
