"""Does a generator copy its training images? How near it comes to them, beside held-out real ones."""

import numpy as np
from scipy import stats

from gan_jax.evaluation.metrics import distances
from gan_jax.evaluation.metrics.distances import Features


def copying(training: Features, held_out: Features, generated: Features) -> dict[str, float]:
  """Of features, or of pixels as vectors:

  'nearest': the median distance of generated samples to the nearest training one; 'nearest_real': the same of
  held-out real ones; 'closer': the probability that a generated sample is nearer than a held-out one: 0.5
  for what is drawn from the same law, 1 for copies; 'closer_z': its deviations from 0.5.

  Meehan et al. 2020, sec. 3.1, https://arxiv.org/abs/2004.05675: their C_T is -closer_z. Raises UserError.
  """
  distances.check(training, held_out, generated)
  own, real = nearest(generated, training), nearest(held_out, training)
  closer = stats.mannwhitneyu(real, own).statistic / (len(own) * len(real))
  spread = np.sqrt((len(own) + len(real) + 1) / (12 * len(own) * len(real)))
  return {
    'nearest': float(np.median(own)),
    'nearest_real': float(np.median(real)),
    'closer': float(closer),
    'closer_z': float((closer - 0.5) / spread),
  }


def nearest(samples: Features, training: Features) -> np.ndarray:
  """The distance of each sample to the nearest training one."""
  return np.sqrt(np.concatenate([block.min(1) for block in distances.blocks(samples, training)]))
