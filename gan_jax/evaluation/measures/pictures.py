"""Measures of the images themselves, which no network has seen."""

import numpy as np

from gan_jax.data.dataset import to_float
from gan_jax.evaluation import intervals
from gan_jax.evaluation.metrics import diversity, sliced
from gan_jax.evaluation.sample import Sample

MOST = 2_048  # images of each set whose patches are sorted
FEW, QUICK = 10, 64  # replicates, and their directions


def swd(generated: Sample, real: Sample, sure: bool) -> dict:
  """'swd', and 'swd_SIDE' of each level of the pyramids."""
  count = min(MOST, generated.count, real.count)
  ours, theirs = (to_float(np.asarray(sample.images()[:count])) for sample in (generated, real))
  found = sliced.pyramids(theirs, ours)
  if not sure:
    return {name: (value, None) for name, value in found.items()}
  draws = [np.random.default_rng(k).integers(0, count, count) for k in range(FEW)]
  again = [sliced.pyramids(theirs, ours[drawn], directions=QUICK) for drawn in draws]
  return {
    name: (value, intervals.around(value, [some[name] for some in again])) for name, value in found.items()
  }


def ms_ssim(generated: Sample, real: Sample, sure: bool) -> dict:
  """'ms_ssim' of pairs of generated images: beside that of real ones, high where they are all alike."""
  values = diversity.pairs_ms_ssim(to_float(np.asarray(generated.images())))
  return {'ms_ssim': (float(values.mean()), intervals.of_mean(values))}
