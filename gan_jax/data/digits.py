"""The 1,797 real handwritten digits, 8x8, that come with scikit-learn: data with no download.

From the UCI set "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak 1998). The last 297, by
other writers than the first, are the test split.
"""

import numpy as np
from ml_collections import ConfigDict
from PIL import Image
from sklearn.datasets import load_digits

from gan_jax import errors
from gan_jax.data.dataset import Dataset

TRAIN = 1500
OPTIONS = {}


def make(options: ConfigDict, batch_size: int) -> Dataset:
  """A resident Dataset of greyscale digits at `options.size`, enlarged by Lanczos interpolation."""
  if options.channels != 1:
    raise errors.UserError(f'the digits are grey: set data.channels=1, not {options.channels}')
  if options.split not in ('train', 'test'):
    raise errors.unknown('data.split', options.split, ('train', 'test'))
  digits = load_digits()
  part = slice(TRAIN) if options.split == 'train' else slice(TRAIN, None)
  height, width = options.size
  images = np.stack([_enlarge(image, (width, height)) for image in digits.images[part]])
  arrays = {'image': images[..., None], 'label': digits.target[part].astype(np.int32)}
  return Dataset(
    arrays, len(images), batch_size, (height, width, 1), flip=options.flip, label_names=tuple('0123456789')
  )


def _enlarge(image, size):
  """An 8x8 image of 0..16 as uint8 at (width, height)."""
  whole = Image.fromarray((image * (255 / 16)).astype(np.float32))
  return np.clip(np.round(whole.resize(size, Image.Resampling.LANCZOS)), 0, 255).astype(np.uint8)
