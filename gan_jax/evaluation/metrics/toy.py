"""Measures between samples of low-dimensional densities; all may be vmapped.

Distances are also given between two real samples: their *floor*, what a perfect generator would get.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from gan_jax.data.densities import Density

Points = Float[Array, 'N dim']
Others = Float[Array, 'M dim']
Modes = Float[Array, 'K dim']
Scalar = Float[Array, '']
BINS = {1: 64, 2: 24}  # a side, of the histograms
DIRECTIONS = 64


def nearest(samples: Points, modes: Modes) -> tuple[Int[Array, ' N'], Float[Array, ' N']]:
  """(index of the nearest mode, distance to it) of each sample."""
  distances = jnp.sqrt(((samples[:, None] - modes) ** 2).sum(-1))
  return distances.argmin(1), distances.min(1)


def high_quality_share(samples: Points, modes: Modes, sigma: float) -> Scalar:
  """The share of samples within 3 standard deviations `sigma` of a mode: VEEGAN, sec. 4.1.

  Srivastava et al. 2017, https://arxiv.org/abs/1705.07761. `high_quality_ceiling` is the true share.
  """
  return (nearest(samples, modes)[1] <= 3 * sigma).mean()


def high_quality_ceiling(dim: int) -> float:
  """The probability that a standard normal vector is at most 3 long: 0.9889 in the plane."""
  return float(jax.scipy.special.gammainc(dim / 2, 4.5))


def modes_covered(samples: Points, modes: Modes, sigma: float) -> Int[Array, '']:
  """How many modes have a sample within 3 `sigma`: PacGAN, sec. 4.1, https://arxiv.org/abs/1712.04086."""
  distances = jnp.sqrt(((samples[:, None] - modes) ** 2).sum(-1))
  return (distances.min(0) <= 3 * sigma).sum()


def reverse_kl(samples: Points, modes: Modes) -> Scalar:
  """KL(generated || uniform) over the modes, each sample given to the nearest; nats. PacGAN, sec. 4.1."""
  shares = jnp.bincount(nearest(samples, modes)[0], length=len(modes)) / len(samples)
  return jax.scipy.special.xlogy(shares, shares * len(modes)).sum()


def jensen_shannon(real: Points, fake: Others) -> Scalar:
  """The Jensen-Shannon divergence of histograms, nats: 0 to log 2. Goodfellow et al. 2014, thm. 1.

  Equal bins over the range of `real`, a tenth wider; what lies outside goes to the outermost bins.
  """
  bins = BINS[real.shape[1]]
  low, high = real.min(0), real.max(0)
  low, width = low - 0.05 * (high - low), 1.1 * (high - low)

  def histogram(points):
    cells = jnp.clip((points - low) / width * bins, 0, bins - 1).astype(jnp.int32)
    flat = sum(cells[:, i] * bins**i for i in range(points.shape[1]))
    return jnp.bincount(flat, length=bins ** points.shape[1]) / len(points)

  p, q = histogram(real), histogram(fake)
  middle = jnp.where(p + q > 0, (p + q) / 2, 1)
  xlogy = jax.scipy.special.xlogy
  return (xlogy(p, p / middle) + xlogy(q, q / middle)).sum() / 2


def energy_distance(real: Points, fake: Others) -> Scalar:
  """2 E|X - Y| - E|X - X'| - E|Y - Y'| over all pairs of points: 0 for equal samples only, else above.

  The two-sample statistic of Szekely and Rizzo 2013, https://doi.org/10.1016/j.jspi.2013.03.018. Between two
  samples of N points of one distribution it is 2 E|X - X'| / N on average.
  """
  within = lambda x: _distances(x, x).mean()
  return 2 * _distances(real, fake).mean() - within(real) - within(fake)


def _distances(x, y):
  """Distances [N, M] of x [N, dim] and y [M, dim], 0 for a point and itself."""
  return jnp.sqrt(sum((x[:, None, i] - y[None, :, i]) ** 2 for i in range(x.shape[1])))


def sliced_wasserstein(real: Points, fake: Others) -> Scalar:
  """The 2-Wasserstein distance of projections, averaged in squares over directions; both of one length.

  Bonneel et al. 2015, eq. 8, https://doi.org/10.1007/s10851-014-0506-3. The directions are equally spaced.
  """
  if real.shape != fake.shape:
    raise ValueError(f'sorted samples are paired, but there are {len(real)} real and {len(fake)} fake ones')
  if real.shape[1] == 1:
    directions = np.ones((1, 1), np.float32)
  else:
    angles = math.pi * np.arange(DIRECTIONS, dtype=np.float32) / DIRECTIONS
    directions = np.stack([np.cos(angles), np.sin(angles)])
  project = lambda points: jnp.sort(points @ directions, axis=0)
  return jnp.sqrt(((project(real) - project(fake)) ** 2).mean())


DISTANCES = {
  'jensen_shannon': jensen_shannon,
  'energy_distance': energy_distance,
  'sliced_wasserstein': sliced_wasserstein,
}


def score(
  density: Density, real: Points, other_real: Points, fake: Points
) -> dict[str, Float[Array, ''] | Int[Array, '']]:
  """All measures by name, distances beside their floors; three equally long samples in data units."""
  scores = {}
  if density.modes is not None:
    modes = jnp.asarray(density.modes, jnp.float32)
    scores['modes_covered'] = modes_covered(fake, modes, density.sigma)
    scores['high_quality'] = high_quality_share(fake, modes, density.sigma)
    scores['reverse_kl'] = reverse_kl(fake, modes)
    scores['reverse_kl_floor'] = reverse_kl(other_real, modes)
  real, other_real, fake = (density.to_unit(points) for points in (real, other_real, fake))
  for name, distance in DISTANCES.items():
    scores[name], scores[f'{name}_floor'] = distance(real, fake), distance(real, other_real)
  return scores
