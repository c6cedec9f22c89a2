"""The Frechet distance between two sets of features: how far two Gaussians with their moments are apart.

Heusel et al. 2017, eq. 6: https://arxiv.org/abs/1706.08500. In float64 on the host. The estimate is biased
upwards, by about 1 / count of examples (Chong and Forsyth 2020: https://arxiv.org/abs/1911.07023), so only
distances between sets of the same sizes, in the same features, may be compared.
"""

import numpy as np
from jaxtyping import Array, Float

Moments = tuple[Float[np.ndarray, ' D'], Float[np.ndarray, 'D D']]


def moments(features: Float[Array | np.ndarray, 'N D']) -> Moments:
  """The mean and the unbiased covariance of features, N > 1, in float64."""
  features = np.asarray(features, np.float64)
  return features.mean(0), np.atleast_2d(np.cov(features, rowvar=False))


def distance(moments_1: Moments, moments_2: Moments) -> float:
  """|mean_1 - mean_2|^2 + tr(cov_1 + cov_2 - 2 (cov_1 cov_2)^(1/2)), at least 0; covariances may be singular.

  The trace of the root is the sum of the singular values of cov_1^(1/2) cov_2^(1/2): unlike the root of a
  product that is not symmetric, it is real, and rounding errors do not grow when eigenvalues vanish.
  """
  (mean_1, cov_1), (mean_2, cov_2) = moments_1, moments_2
  overlap = np.linalg.svd(_root(cov_1) @ _root(cov_2), compute_uv=False).sum()
  squared = np.square(mean_1 - mean_2).sum() + np.trace(cov_1) + np.trace(cov_2) - 2 * overlap
  return max(float(squared), 0.0)  # rounding may take identical sets to -1e-13


def _root(covariance):
  """The symmetric root of a covariance matrix [D, D]."""
  values, vectors = np.linalg.eigh(covariance)
  return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
