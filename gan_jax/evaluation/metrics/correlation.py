"""How far real values that are read of images go with those that were asked for."""

import numpy as np
from jaxtyping import Float


def correlations(
  asked: Float[np.ndarray, 'N V'],
  read: Float[np.ndarray, 'N V'],
  weights: Float[np.ndarray, ' N'] | None = None,
) -> Float[np.ndarray, ' V']:
  """Of each column of two arrays; 0 where one of them is constant."""
  weights = np.full(len(asked), 1 / len(asked)) if weights is None else weights
  asked, read = np.asarray(asked, np.float64), np.asarray(read, np.float64)
  centred = [values - weights @ values for values in (asked, read)]
  product = weights @ (centred[0] * centred[1])
  scale = np.sqrt((weights @ centred[0] ** 2) * (weights @ centred[1] ** 2))
  return np.divide(product, scale, out=np.zeros_like(product), where=scale > 1e-12)
