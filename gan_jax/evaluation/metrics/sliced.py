"""Sliced Wasserstein distances: many random directions, along each of which two sets are sorted."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.evaluation.metrics import distances
from gan_jax.evaluation.metrics.distances import Features

Images = Float[Array | np.ndarray, '_ _ _ _']  # [N, H, W, C], any N
PATCH, PATCHES, SMALLEST = (
  7,
  128,
  16,
)  # side of a patch; so many of each image and level; the last level's side
TAPS = np.array([1, 4, 6, 4, 1], np.float32) / 16  # of the pyramid's blur, Burt and Adelson 1983


def mind(features_1: Features, features_2: Features, directions: int = 1000, seed: int = 2020) -> float:
  """The Monge Inception distance: 3 D times the mean squared Wasserstein-2 distance along random directions.

  Berthet et al. 2026, https://arxiv.org/abs/2605.06797. It needs thousands of samples where FID needs tens of
  thousands. Of sets of unlike size a random part of the larger is taken. Raises UserError.
  """
  distances.check(features_1, features_2)
  draw = np.random.default_rng(seed)
  count, dim = min(len(features_1), len(features_2)), features_1.shape[1]
  parts = [_part(features, count, draw) for features in (features_1, features_2)]
  chosen = draw.normal(size=(directions, dim)).astype(np.float32)
  return 3 * dim * sliced(*parts, chosen / np.linalg.norm(chosen, axis=1, keepdims=True), power=2)


def sliced(x: Features, y: Features, directions: Float[np.ndarray, 'K D'], power: int) -> float:
  """The mean over directions of the mean |difference|^power of the sorted projections of N and N samples."""
  first, second = (np.sort(np.asarray(part, np.float32) @ directions.T, axis=0) for part in (x, y))
  return float((np.abs(first - second).astype(np.float64) ** power).mean())


def pyramids(real: Images, generated: Images, directions: int = 512, seed: int = 0) -> dict[str, float]:
  """{'swd_SIDE': distance of patches, for each level of a Laplacian pyramid, ..., 'swd': their mean}.

  Karras et al. 2018, sec. 5, https://arxiv.org/abs/1710.10196: 7x7 patches, normalised by each set's mean and
  deviation a channel, of levels from full size down to 16 pixels; times 1000, as there. Their images are in
  0..255, which the normalisation takes away. Raises UserError for images of unlike or too small a size.
  """
  if real.shape[1:] != generated.shape[1:]:
    raise errors.UserError(f'images of {real.shape[1:]} and {generated.shape[1:]} cannot be compared')
  if min(real.shape[1:3]) < SMALLEST:
    raise errors.UserError(f'the smallest level has {SMALLEST} pixels a side; these are {real.shape[1:3]}')
  draw, found = np.random.default_rng(seed), {}
  count = min(len(real), len(generated))
  chosen = draw.normal(size=(directions, PATCH * PATCH * real.shape[-1])).astype(np.float32)
  chosen /= np.linalg.norm(chosen, axis=1, keepdims=True)
  for levels in zip(laplacian(real[:count]), laplacian(generated[:count]), strict=True):
    both = [_normalised(_patches(level, draw)) for level in levels]
    found[f'swd_{min(levels[0].shape[1:3])}'] = 1e3 * sliced(*both, chosen, power=1)
  return {**found, 'swd': float(np.mean(list(found.values())))}


def laplacian(images: Images) -> Iterator[Float[np.ndarray, 'N h w C']]:
  """The levels of a Laplacian pyramid: what each halving loses, and at last what is left."""
  images = jnp.asarray(images)
  while min(images.shape[1:3]) >= 2 * SMALLEST:
    smaller = _blur(images)[:, ::2, ::2]
    yield np.asarray(images - _blur(_spread(smaller, images.shape)) * 4)
    images = smaller
  yield np.asarray(images)


def _spread(images, shape):
  """Images in every other pixel of larger ones, 0 elsewhere."""
  return jnp.zeros(shape, images.dtype).at[:, ::2, ::2].set(images)


def _blur(images):
  """Each channel blurred by TAPS down and across, mirrored at the border."""
  for axis in (1, 2):
    pad = [(0, 0)] * 4
    pad[axis] = (2, 2)
    padded, size = jnp.pad(images, pad, mode='reflect'), images.shape[axis]
    images = sum(tap * jax.lax.slice_in_dim(padded, k, k + size, axis=axis) for k, tap in enumerate(TAPS))
  return images


def _patches(images, draw):
  """PATCHES random patches of each image: [N, PATCHES, 7, 7, C]."""
  windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), (1, 2))  # [N, h, w, C, 7, 7]
  rows = draw.integers(0, windows.shape[1], (len(images), PATCHES))
  columns = draw.integers(0, windows.shape[2], (len(images), PATCHES))
  return windows[np.arange(len(images))[:, None], rows, columns].transpose(0, 1, 3, 4, 2)


def _normalised(patches):
  """Patches [M, 7 * 7 * C] at mean 0 and deviation 1 a channel."""
  means, deviations = patches.mean((0, 1, 2, 3)), patches.std((0, 1, 2, 3))
  return ((patches - means) / np.maximum(deviations, 1e-12)).reshape(-1, np.prod(patches.shape[2:]))


def _part(features, count, draw):
  return features if len(features) == count else np.asarray(features)[draw.permutation(len(features))[:count]]
