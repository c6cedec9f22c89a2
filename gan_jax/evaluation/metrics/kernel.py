"""The kernel distance (KID): the squared maximum mean discrepancy of features under a cubic kernel.

Binkowski et al. 2018, sec. 4, https://arxiv.org/abs/1801.01401. Unbiased, whatever the number of samples: its
expectation is 0 for equal laws, so that it may come out negative.
"""

import numpy as np
from jaxtyping import Float

from gan_jax.evaluation.metrics import distances
from gan_jax.evaluation.metrics.distances import Features

SUBSETS, SIZE, SEED = 100, 1000, 2020  # as torch-fidelity draws them, with numpy's generator of that seed


def distance(
  features_1: Features, features_2: Features, subsets: int = SUBSETS, size: int = SIZE, seed: int = SEED
) -> dict[str, float]:
  """'kid': the mean of `squared_mmd` over random subsets of `size`, and 'kid_error', its standard error.

  The error is that of the mean over subsets; they overlap, so that it is too small where `subsets` times
  `size` is more than there are. Raises UserError for fewer than `size` samples.
  """
  distances.check(features_1, features_2, least=size)
  first, second = np.asarray(features_1, np.float64), np.asarray(features_2, np.float64)
  draw = np.random.RandomState(seed)
  values = []
  for _ in range(subsets):
    part = first[draw.choice(len(first), size, replace=False)]
    other = second[draw.choice(len(second), size, replace=False)]
    values.append(squared_mmd(part, other))
  error = np.std(values, ddof=1) / np.sqrt(subsets) if subsets > 1 else 0.0
  return {'kid': float(np.mean(values)), 'kid_error': float(error)}


def squared_mmd(x: Float[np.ndarray, 'N D'], y: Float[np.ndarray, 'M D']) -> float:
  """E k(x, x') + E k(y, y') - 2 E k(x, y), a sample with itself left out: Gretton et al. 2012.

  k(x, y) = (x . y / D + 1)^3.
  """
  count, other = len(x), len(y)
  own = kernel(x, x), kernel(y, y)
  alone = [(matrix.sum() - np.trace(matrix)) / (len(matrix) * (len(matrix) - 1)) for matrix in own]
  return float(alone[0] + alone[1] - 2 * kernel(x, y).sum() / (count * other))


def kernel(x: Float[np.ndarray, 'N D'], y: Float[np.ndarray, 'M D']) -> Float[np.ndarray, 'N M']:
  """(x . y / D + 1)^3 of all pairs."""
  return (x @ y.T / x.shape[1] + 1) ** 3
