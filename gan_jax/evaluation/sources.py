"""Images from anywhere, for scores of anybody's GAN: a folder, an .npz file, a set of TensorFlow Datasets."""

from pathlib import Path

import numpy as np

from gan_jax import data, errors
from gan_jax.data import folder
from gan_jax.data.dataset import Dataset, to_uint8
from gan_jax.data.decoding import images, regular
from gan_jax.data.survey import files

HEADERS, GREY = 1_000, ('grey', '16 bit')  # files whose beginning is read; kinds without colour
LABELS = ('labels', 'label', 'arr_1')  # what an .npz file may call them


def read(text: str, flag: str, data_dir: str | Path, size: tuple[int, ...] = ()) -> Dataset:
  """The Dataset of a folder of images, of FILE.npz, or of tfds:NAME or tfds:NAME/SPLIT, given as `flag`.

  Images keep their size, and all must have the same; those of TensorFlow Datasets are brought to `size`,
  (H, W, C), if there is one. Decoded ones are kept in `data_dir`. Raises UserError.
  """
  if text.startswith('tfds:'):
    return of_tfds(text.removeprefix('tfds:'), data_dir, size or (32, 32, 3))
  if text.endswith('.npz'):
    return of_npz(Path(text).expanduser(), flag)
  return of_folder(text, flag, data_dir)


def of_folder(path: str, flag: str, data_dir: str | Path) -> Dataset:
  """The images of a folder, grey if all of them are; its sub-folders are labels.

  Of one with train/ and test/ those in train/: name a sub-folder for the others.
  """
  root = folder.find(path, flag)
  names = list(folder.scan(root))
  if not names:
    raise errors.UserError(f'{root} holds no images ({" ".join(images.SUFFIXES)}): set {flag}')
  known, _ = files.headers(root, files.some(names, HEADERS))
  size = known[0].size if known else (1, 1)  # then decoding tells what is wrong with the first
  channels = 1 if all(header.kind in GREY for header in known) else 3
  options = {'size': size, 'channels': channels, 'resize': 'none', 'data_dir': str(data_dir)}
  try:
    return data.load('folder', path=path, **options)
  except images.BadImage:
    raise
  except errors.UserError as error:
    reason = str(error).partition(': set')[0]
    raise errors.UserError(f'{flag}: {reason}; scores need images of one size') from error


def of_npz(file: Path, flag: str) -> Dataset:
  """The images of an .npz file: its array 'images', or the first one, [N, H, W, C] uint8 or in [-1, 1].

  Labels are its array 'labels', 'label' or 'arr_1', if there is one.
  """
  try:
    with regular.opened(file) as opened, np.load(opened, allow_pickle=False) as found:
      arrays = {name: found[name] for name in found.files}
  except Exception as error:  # on damaged files NumPy raises nearly every kind there is
    raise errors.UserError(f'{flag}={file} cannot be read as .npz ({error})') from error
  name = 'images' if 'images' in arrays else next(iter(arrays), None)
  if name is None or arrays[name].ndim != 4 or not len(arrays[name]):
    shapes = {name: list(array.shape) for name, array in arrays.items()}
    raise errors.UserError(f'{flag}={file} has {shapes}: images are an array [N, H, W, C]')
  pixels = arrays[name]
  if pixels.dtype != np.uint8:
    pixels = as_bytes(pixels, f'{flag}={file}')
  label = next((arrays[known] for known in LABELS if known in arrays and arrays[known].ndim == 1), None)
  labelled = {} if label is None else {'label': label.astype(np.int32)}
  names = tuple(map(str, range(int(label.max()) + 1))) if labelled else ()
  return Dataset({'image': pixels, **labelled}, len(pixels), 1, pixels.shape[1:], label_names=names)


def as_bytes(pixels: np.ndarray, what: str) -> np.ndarray:
  """Images in [-1, 1] as uint8. Raises UserError for others, and for what is not finite."""
  is_float = pixels.dtype.kind == 'f'
  if is_float and not (finite := np.isfinite(pixels).reshape(len(pixels), -1).all(1)).all():
    raise errors.UserError(f'{what}: {(~finite).sum():,} of {len(pixels):,} images have NaN or infinity')
  if not is_float or np.abs(pixels).max() > 1.001:
    raise errors.UserError(
      f'{what}: {pixels.dtype} from {pixels.min()} to {pixels.max()}; images are uint8, or in [-1, 1]'
    )
  return np.asarray(to_uint8(pixels))


def of_tfds(text: str, data_dir: str | Path, size: tuple[int, ...]) -> Dataset:
  """A set of TensorFlow Datasets at `size`; its training split unless 'NAME/test' asks for the other."""
  name, _, split = text.partition('/')
  height, width, channels = size
  options = {'tfds_name': name, 'size': (height, width), 'channels': channels, 'split': split or 'train'}
  return data.load('tfds', **options)
