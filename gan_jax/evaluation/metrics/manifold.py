"""How far two sets cover each other: precision, recall, density and coverage, by nearest neighbours.

Each set is taken to fill the balls around its points that reach to their k-th nearest neighbours. Features
[N, D] and [M, D]; N and M matter: compare scores of the same counts only.
"""

import numpy as np
from jaxtyping import Bool, Float

from gan_jax.evaluation.metrics import distances
from gan_jax.evaluation.metrics.distances import Features


def precision_and_recall(real: Features, generated: Features, k: int = 3) -> dict[str, float]:
  """'precision': the share of generated samples in a ball of a real one (<=); 'recall': the other way round.

  Kynkaanniemi et al. 2019, eq. 1 and 2, https://arxiv.org/abs/1904.06991. Raises UserError for k samples or
  fewer.
  """
  distances.check(real, generated, least=k + 1)
  return {'precision': _inside(generated, real, k), 'recall': _inside(real, generated, k)}


def density_and_coverage(real: Features, generated: Features, k: int = 5) -> dict[str, float]:
  """'density': in how many balls of real samples a generated one lies, over k: may exceed 1.

  'coverage': the share of real samples whose ball holds a generated one. Both with strict <. Naeem et al.
  2020, eq. 4 and 5, https://arxiv.org/abs/2002.09797. Raises UserError for k samples or fewer.
  """
  inside, covered = inside_and_covered(real, generated, k)
  return {'density': float(inside.mean()), 'coverage': float(covered.mean())}


def inside_and_covered(
  real: Features, generated: Features, k: int = 5
) -> tuple[Float[np.ndarray, ' N'], Bool[np.ndarray, ' M']]:
  """What density and coverage are means of: the balls that each generated sample is in, over k; those met."""
  distances.check(real, generated, least=k + 1)
  radii = distances.radii(real, k)
  inside, covered = [], np.zeros(len(radii), bool)
  for block in distances.blocks(generated, real):
    within = block < radii
    inside.append(within.sum(1) / k)
    covered |= within.any(0)
  return np.concatenate(inside), covered


def _inside(samples, balls, k):
  """The share of samples that lie in a ball of `balls`."""
  radii = distances.radii(balls, k)
  parts = [(block <= radii).any(1) for block in distances.blocks(samples, balls)]
  return float(np.concatenate(parts).mean())
