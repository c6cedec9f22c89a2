"""The Frechet distance between two sets of features: how far two Gaussians with their moments are apart.

Heusel et al. 2017, eq. 6: https://arxiv.org/abs/1706.08500. In float64 on the host. The estimate is biased
upwards, by about 1 / count of examples (Chong and Forsyth 2020: https://arxiv.org/abs/1911.07023), so only
distances between sets of the same sizes, in the same features, may be compared.
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Array, Float

from gan_jax import errors

Moments = tuple[Float[np.ndarray, ' _'], Float[np.ndarray, '_ _']]  # [D] and [D, D]
Part = tuple[int, Moments]  # the moments of so many features


def moments(features: Float[Array | np.ndarray, 'N D']) -> Moments:
  """The mean and the unbiased covariance of features, N > 1, in float64."""
  features = np.asarray(features, np.float64)
  return features.mean(0), np.atleast_2d(np.cov(features, rowvar=False))


class Running:
  """Moments of features that come in parts, so that all of them need never be in memory at once."""

  def __init__(self):
    self._parts = []

  def add(self, features: Float[Array | np.ndarray, 'N D']) -> None:
    """Takes N more features."""
    self._parts = [pooled([*self._parts, part_of(features)])]

  def moments(self) -> Moments:
    """What `moments` gives of all of them together, two or more. Raises UserError for fewer."""
    count, found = self._parts[0] if self._parts else (0, ())
    if count < 2:
      raise errors.UserError(f'{count} samples have no covariance: give two or more')
    return found


def part_of(features: Float[Array | np.ndarray, 'N D']) -> Part:
  """(N, their moments); the covariance of a single one is 0."""
  features = np.asarray(features, np.float64)
  if len(features) > 1:
    return len(features), moments(features)
  return len(features), (features.sum(0), np.zeros((features.shape[1],) * 2))


def pooled(parts: Sequence[Part]) -> Part:
  """(count, moments) of all parts together, exactly."""
  count = sum(size for size, _ in parts)
  mean = sum(size * mean for size, (mean, _) in parts) / count
  scatter = sum((size - 1) * cov + size * np.outer(some - mean, some - mean) for size, (some, cov) in parts)
  return count, (mean, scatter / max(count - 1, 1))


def distance(moments_1: Moments, moments_2: Moments) -> float:
  """|mean_1 - mean_2|^2 + tr(cov_1 + cov_2 - 2 (cov_1 cov_2)^(1/2)), at least 0; covariances may be singular.

  The trace of the root is the sum of the singular values of cov_1^(1/2) cov_2^(1/2): unlike the root of a
  product that is not symmetric, it is real, and rounding errors do not grow when eigenvalues vanish. Raises
  UserError for moments of unlike size.
  """
  (mean_1, cov_1), (mean_2, cov_2) = moments_1, moments_2
  if mean_1.shape != mean_2.shape:
    raise errors.UserError(f'moments of {len(mean_1)} and of {len(mean_2)} features cannot be compared')
  overlap = np.linalg.svd(_root(cov_1) @ _root(cov_2), compute_uv=False).sum()
  squared = np.square(mean_1 - mean_2).sum() + np.trace(cov_1) + np.trace(cov_2) - 2 * overlap
  return max(float(squared), 0.0)  # rounding may take identical sets to -1e-13


def to(reference: Moments) -> Callable[[Moments], float]:
  """`distance` to one set, many times: faster; with half as many digits where covariances are singular."""
  mean, covariance = reference
  root = _root(covariance)

  def distance(moments):
    other, cov = moments
    values = np.linalg.eigvalsh(root @ cov @ root)
    overlap = np.sqrt(np.maximum(values, 0)).sum()
    return float(np.square(mean - other).sum() + np.trace(covariance) + np.trace(cov) - 2 * overlap)

  return distance


def _root(covariance):
  """The symmetric root of a covariance matrix [D, D]."""
  values, vectors = np.linalg.eigh(covariance)
  return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
