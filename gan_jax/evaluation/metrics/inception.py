"""The Inception score: are images recognised, each as one class, and all classes made?"""

import itertools

import numpy as np
from jaxtyping import Array, Float
from scipy import special

from gan_jax import errors

Probabilities = Float[Array | np.ndarray, 'N ... K']
SEED = 2020  # of the order in which torch-fidelity splits them


def score(probabilities: Probabilities, splits: int = 1, seed: int | None = None) -> dict[str, float]:
  """'inception_score': exp E[KL(p(class | image) | p(class))], between 1 and K; the mean over splits.

  And 'inception_score_deviation' over them, which are as equal as can be.
  Salimans et al. 2016, sec. 4, https://arxiv.org/abs/1606.03498: there ten splits of 50,000. `seed`
  shuffles first. Raises UserError for fewer samples than splits.
  """
  values = np.asarray(probabilities, np.float64)
  if len(values) < splits:
    raise errors.UserError(f'{len(values)} samples cannot be split into {splits} parts: give more')
  if seed is not None:
    values = values[np.random.RandomState(seed).permutation(len(values))]
  ends = [k * len(values) // splits for k in range(splits + 1)]
  scores = [of(values[start:end]) for start, end in itertools.pairwise(ends)]
  return {'inception_score': float(np.mean(scores)), 'inception_score_deviation': float(np.std(scores))}


def of(probabilities: Probabilities) -> float:
  """exp of the mean divergence of each image's probabilities from the mean of all."""
  return float(np.exp(special.rel_entr(probabilities, probabilities.mean(0)).sum(-1).mean()))
