"""The rows of benchmarks.parity_fidelity that need no network: measures of other libraries, closed forms."""

import contextlib
import io

import numpy as np

from gan_jax import metrics

SHORT = 500  # features that a set has for prdc


def row(against, what, ours, theirs, bound, difference=None, relative=False):
  """A row; 'difference' is |ours - theirs|, over |theirs| if `relative`, where none is given."""
  if difference is None:
    difference = abs(ours - theirs) / (abs(theirs) if relative else 1)
  numbers = dict(zip(('ours', 'theirs', 'difference'), map(float, (ours, theirs, difference)), strict=True))
  return {'against': against, 'what': what, **numbers, 'bound': bound, 'ok': bool(difference <= bound)}


def normal(count, dim=16, seed=0, shift=0.0, scale=1.0):
  """Features [count, dim] of a Gaussian."""
  return (shift + scale * np.random.default_rng(seed).normal(size=(count, dim))).astype(np.float32)


def images(count, size=32, seed=0, contrast=50, grain=12):
  """uint8 images [count, size, size, 3]: soft blots of colour and some grain."""
  draw = np.random.default_rng(seed)
  coarse = draw.normal(size=(count, 5, 5, 3))
  places = np.linspace(0, 4, size)
  weights = np.maximum(1 - np.abs(places[:, None] - np.arange(5)), 0)
  soft = np.einsum('sh,tw,bhwc->bstc', weights, weights, coarse)
  pixels = 128 + contrast * soft + grain * draw.normal(size=soft.shape)
  return np.clip(pixels, 0, 255).astype(np.uint8)


def prdc_rows(real, generated, k=5):
  """Density and coverage beside those of the package prdc."""
  from prdc import compute_prdc

  real, generated = (np.asarray(features[:SHORT], np.float64) for features in (real, generated))
  with contextlib.redirect_stdout(io.StringIO()):  # it tells the counts
    theirs = compute_prdc(real, generated, k)
  ours = metrics.manifold.density_and_coverage(real, generated, k)
  return [row('prdc 0.2', f'{name} of {len(real)}', ours[name], theirs[name], 1e-6) for name in ours]


def pair_rows():
  """PSNR and SSIM of 64 pairs beside scikit-image's; the mean, and the largest difference of a pair."""
  from skimage import metrics as theirs

  true = images(64).astype(np.float32) / 127.5 - 1
  other = np.clip(true + normal(true.size, 1, scale=0.1).reshape(true.shape), -1, 1)
  window = {'gaussian_weights': True, 'sigma': 1.5, 'use_sample_covariance': False, 'channel_axis': -1}
  doubles = true.astype(np.float64), other.astype(np.float64)
  pairs = list(zip(*doubles, strict=True))
  wanted = {
    'psnr': [theirs.peak_signal_noise_ratio(*pair, data_range=2) for pair in pairs],
    'ssim': [theirs.structural_similarity(*pair, data_range=2, **window) for pair in pairs],
  }
  found = []
  for name, values in wanted.items():
    ours = np.asarray(metrics.translation.MEASURES[name](true, other), np.float64)
    apart = np.abs(ours / values - 1).max()
    found.append(row('scikit-image', f'{name}, relative', ours.mean(), np.mean(values), 1e-6, apart))
  return found


def closed_rows():
  """Measures of sets whose score is known."""
  frechet, manifold = metrics.frechet, metrics.manifold
  formula, found = 16 * (0.25 + 1), []  # |shift|^2 + (2 - 1)^2, a dimension
  for count, bound in ((1_000, 0.2), (10_000, 0.05), (100_000, 0.02)):
    sets = normal(count), normal(count, seed=1, shift=0.5, scale=2.0)
    ours = frechet.distance(*map(frechet.moments, sets))
    found.append(row('formula', f'FID of Gaussians, N={count:,}, rel.', ours, formula, bound, relative=True))
  near, far = normal(500, 4), normal(500, 4, 1, shift=100.0)
  for other, wanted, words in ((near, 1, 'equal sets'), (far, 0, 'sets far apart')):
    for name, value in manifold.precision_and_recall(near, other).items():
      found.append(row('formula', f'{name} of {words}', value, wanted, 0))
  values = [
    metrics.kernel.distance(normal(500, seed=k), normal(500, seed=k + 50), 10, 100) for k in range(40)
  ]
  kids = [value['kid'] for value in values]
  error = np.std(kids, ddof=1) / np.sqrt(len(kids))
  found.append(
    row('formula', 'KID of equal laws, std. errors', np.mean(kids), 0, 3, abs(np.mean(kids)) / error)
  )
  shift = np.zeros(32, np.float32)
  shift[0], sample = 3, normal(1000, 32)
  ours = metrics.sliced.mind(sample, sample + shift, 20_000)  # whose standard error is 1 %
  found.append(row('formula', 'MIND of shifted Gaussians, rel.', ours, 27, 0.03, relative=True))
  return found
