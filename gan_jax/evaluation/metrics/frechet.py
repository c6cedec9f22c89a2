"""The Frechet distance between two sets of features: how far two Gaussians with their moments are apart.

Heusel et al. 2017, eq. 6: https://arxiv.org/abs/1706.08500. In float64 on the host. The estimate is biased
upwards, by about 1 / count of examples (Chong and Forsyth 2020: https://arxiv.org/abs/1911.07023), so only
distances between sets of the same sizes, in the same features, may be compared.
"""

import numpy as np
from jaxtyping import Array, Float

from gan_jax import errors

Moments = tuple[Float[np.ndarray, ' _'], Float[np.ndarray, '_ _']]  # [D] and [D, D]


def moments(features: Float[Array | np.ndarray, 'N D']) -> Moments:
  """The mean and the unbiased covariance of features, N > 1, in float64."""
  features = np.asarray(features, np.float64)
  return features.mean(0), np.atleast_2d(np.cov(features, rowvar=False))


class Running:
  """Moments of features that come in parts, so that all of them need never be in memory at once."""

  def __init__(self):
    self._count, self._shift, self._sum, self._products = 0, 0.0, 0.0, 0.0

  def add(self, features: Float[Array | np.ndarray, 'N D']) -> None:
    """Takes N more features."""
    features = np.asarray(features, np.float64)
    if not self._count:
      self._shift = features.mean(0)  # so that the covariance is not a small difference of large numbers
    centred = features - self._shift
    self._count += len(features)
    self._sum = self._sum + centred.sum(0)
    self._products = self._products + centred.T @ centred

  def moments(self) -> Moments:
    """What `moments` gives of all of them together, two or more. Raises UserError for fewer."""
    if self._count < 2:
      raise errors.UserError(f'{self._count} samples have no covariance: give two or more')
    mean = self._sum / self._count
    covariance = (self._products - self._count * np.outer(mean, mean)) / (self._count - 1)
    return self._shift + mean, covariance


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


def _root(covariance):
  """The symmetric root of a covariance matrix [D, D]."""
  values, vectors = np.linalg.eigh(covariance)
  return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
