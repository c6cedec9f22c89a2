"""Distances between two sets of features, and how far the sets cover each other."""

import numpy as np

from gan_jax.evaluation import intervals
from gan_jax.evaluation.metrics import frechet, kernel, manifold, sliced
from gan_jax.evaluation.sample import Sample

FEW, QUICK = 20, 100  # replicates where each costs seconds, and MIND's directions in them


def fid(generated: Sample, real: Sample, sure: bool) -> dict:
  """'fid'; the interval by leaving out one part of the generated set after the other."""
  value = frechet.distance(generated.moments, real.moments)
  if not sure:
    return {'fid': (value, None)}
  to_real, parts = frechet.to(real.moments), generated.parts
  without = [to_real(frechet.pooled(parts[:k] + parts[k + 1 :])[1]) for k in range(len(parts))]
  return {'fid': (value, intervals.jackknife(value, without))}


def kid(generated: Sample, real: Sample, sure: bool) -> dict:
  """'kid', of subsets of at most half of the smaller set.

  Their spread gives that of the whole, though they overlap: Cochran 1977, sec. 2.6, on finite populations.
  """
  count = min(generated.count, real.count)
  size = min(kernel.SIZE, count // 2)
  found = kernel.distance(generated.features, real.features, size=size)
  spread = found['kid_error'] * np.sqrt(kernel.SUBSETS)
  return {'kid': (found['kid'], intervals.of_error(found['kid'], spread / np.sqrt(count / size - 1)))}


def mind(generated: Sample, real: Sample, sure: bool) -> dict:
  """'mind'; its replicates have fewer directions, the same for all."""
  distance = lambda some, **options: sliced.mind(some, real.features, **options)
  value = distance(generated.features)
  if not sure:
    return {'mind': (value, None)}
  again = lambda drawn: distance(generated.features[drawn], directions=QUICK)
  return {'mind': (value, intervals.around(value, intervals.bootstrap(again, generated.count, FEW)))}


def precision_and_recall(generated: Sample, real: Sample, sure: bool) -> dict:
  """'precision', 'recall': shares, of which the balls are held."""
  found = manifold.precision_and_recall(real.features, generated.features)
  counts = {'precision': generated.count, 'recall': real.count}
  return {name: (value, _of_share(value, counts[name])) for name, value in found.items()}


def density_and_coverage(generated: Sample, real: Sample, sure: bool) -> dict:
  """'density', 'coverage', the balls of the real set held."""
  inside, covered = manifold.inside_and_covered(real.features, generated.features)
  return {
    'density': (float(inside.mean()), intervals.of_mean(inside)),
    'coverage': (float(covered.mean()), intervals.of_mean(covered)),
  }


def _of_share(share, count):
  return intervals.of_error(share, np.sqrt(share * (1 - share) / count))
