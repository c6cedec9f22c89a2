"""Euclidean distances between sets of features, a block of rows at a time, in float64 on the host."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Array, Float

from gan_jax import errors

Features = Float[Array | np.ndarray, '_ _']  # [N, D], any N
BLOCK = 1024  # rows at a time: 80 MB beside 10,000 others
ROUNDING = 1e-13  # a squared distance, over the squared lengths, that is not told from 0


def blocks(rows: Features, columns: Features) -> Iterator[Float[np.ndarray, 'n M']]:
  """The squared distances from each row to all of M columns, up to BLOCK rows at a time."""
  rows, columns = np.asarray(rows, np.float64), np.asarray(columns, np.float64)
  lengths = np.square(columns).sum(1)
  for start in range(0, len(rows), BLOCK):
    part = rows[start : start + BLOCK]
    both = np.square(part).sum(1)[:, None] + lengths
    squared = both - 2 * part @ columns.T
    squared[squared < ROUNDING * both] = 0
    yield squared


def radii(features: Features, k: int) -> Float[np.ndarray, ' N']:
  """The squared distance from each of N > k features to its k-th nearest among the others."""
  return np.concatenate([np.partition(block, k, axis=1)[:, k] for block in blocks(features, features)])


def check(*sets: Features, least: int = 2) -> None:
  """Raises UserError unless the sets have as many features each, all finite, and `least` rows or more."""
  shapes = [np.shape(features) for features in sets]
  if any(len(shape) != 2 for shape in shapes) or len({shape[1] for shape in shapes}) > 1:
    raise errors.UserError(f'features of shapes {shapes}: give [N, D] and [M, D], with the same D')
  if min(shape[0] for shape in shapes) < least:
    raise errors.UserError(f'{min(shape[0] for shape in shapes)} samples are too few: give {least} or more')
  if not all(np.isfinite(features).all() for features in sets):
    raise errors.UserError('features that are not finite: NaN in the images, or a run that has diverged')
