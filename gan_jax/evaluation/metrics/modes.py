"""How many of equally likely classes samples show, and how unequally often: the scores of stacked digits.

Metz et al. 2017, sec. 3.3.1, https://arxiv.org/abs/1611.02163. Divergences are in nats.
"""

import numpy as np
from jaxtyping import Float, Integer
from scipy import special

SIMULATED = 100  # sets of samples in a floor


def counts(classes: Integer[np.ndarray, 'N C'], num_classes: int) -> Integer[np.ndarray, ' M']:
  """How many samples have each of the M = K^C combinations of C classes below K; the first counts singly."""
  places = num_classes ** np.arange(classes.shape[1])
  return np.bincount(classes @ places, minlength=num_classes ** classes.shape[1])


def reverse_kl(counts: Integer[np.ndarray, '... M']) -> Float[np.ndarray, '...']:
  """KL(samples || uniform) of their counts: 0 if all classes are equally frequent, log M if there is one."""
  shares = counts / counts.sum(-1, keepdims=True)
  return np.asarray(np.log(counts.shape[-1]) - special.entr(shares).sum(-1))


def floor(num_modes: int, count: int, seed: int = 0) -> float:
  """The mean reverse_kl of `count` samples that are uniform over the modes, over SIMULATED such sets."""
  drawn = np.random.default_rng(seed).multinomial(count, np.full(num_modes, 1 / num_modes), SIMULATED)
  return float(reverse_kl(drawn).mean())


def expected_floor(num_modes: int, count: int) -> float:
  """What `floor` tends to for many samples, (M - 1) / (2 N): half of a chi-squared law's mean, over N.

  Miller 1955, Note on the bias of information estimates.
  """
  return (num_modes - 1) / (2 * count)
