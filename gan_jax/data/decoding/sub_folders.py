"""What the sub-folders of a folder of images say: which split an image belongs to, and its label."""

import os
from collections.abc import Collection, Sequence

import numpy as np
from jaxtyping import Int32

from gan_jax import errors

SPLITS = {'train': ('train',), 'test': ('test', 'val'), 'val': ('val',)}  # which sub-folder, by preference


def prefix(root: str | os.PathLike, found: Collection[str], split: str) -> str:
  """The sub-folder that holds a split ('train/', 'test/', ...), or '' where the set is not divided."""
  if split not in SPLITS:
    raise errors.unknown('data.split', split, SPLITS)
  tops = {name.split('/')[0] for name in found if '/' in name}
  divided = 'train' in tops and (tops & {'test', 'val'} or all(name.startswith('train/') for name in found))
  if not divided and split == 'train':
    return ''
  for folder in SPLITS[split]:
    if divided and folder in tops:
      return f'{folder}/'
  raise errors.UserError(f'{root} has no {split} split: put images in its sub-folders train/ and {split}/')


def labels(
  files: Sequence[str], found: Collection[str], depth: int = 0
) -> tuple[Sequence[str], Int32[np.ndarray, ' N'] | None]:
  """(names, numbers) of the sub-folders, `depth` below the top, that `files` lie in; ((), None) if some
  lie in none, or all in one. The names are those of all splits, so that numbers mean the same in each."""
  parts = [name.split('/')[depth:] for name in found]
  label_names = sorted({part[0] for part in parts if len(part) > 1})
  if len(label_names) < 2 or any(name.count('/') <= depth for name in files):
    return (), None
  number = {name: k for k, name in enumerate(label_names)}
  return label_names, np.array([number[name.split('/')[depth]] for name in files], np.int32)
