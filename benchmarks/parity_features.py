"""The rows of benchmarks.parity_fidelity that come of features: theirs and ours of the same images."""

import numpy as np

from benchmarks import parity_rows
from benchmarks.parity_rows import images, row
from gan_jax import metrics


def rounding_row(look, see, exact, count=64):
  """The largest distances from features in float64, in deviations of these, and their ratio."""
  some = images(count)
  wanted = exact(some)[0].double().numpy()
  ours, theirs = (np.abs(np.asarray(side(some)[0]) - wanted).max() / wanted.std() for side in (look, see))
  return row('float64', 'rounding of features, ours over theirs', ours, theirs, 2, ours / theirs)


def rows(count, look, see, other):
  """What both sides make of the same two sets of images."""
  sets = images(count, seed=0), images(count, seed=1, contrast=46, grain=14)
  (real, _), (generated, probabilities) = map(look, sets)
  (their_real, _), (their_generated, logits) = map(see, sets)
  scale, apart = float(their_real.std()), np.abs(real - their_real.numpy()).max()
  of = f'torch-fidelity {other.VERSION}'
  yield row(of, 'features (deviation), over it', real.std(), scale, 1e-4, apart / scale)
  distance = lambda *both: metrics.frechet.distance(*map(metrics.frechet.moments, both))
  fid, theirs = other.fid(their_real, their_generated), (their_real.numpy(), their_generated.numpy())
  yield row(of, 'FID of equal features, relative', distance(*theirs), fid, 1e-5, relative=True)
  yield row(of, 'FID, relative', distance(real, generated), fid, 1e-3, relative=True)
  wanted = other.others(their_real, their_generated, logits)
  for name, value in scores(real, generated, probabilities).items():
    yield row(of, f'{name}, relative', value, wanted[name], 1e-3, relative=True)
  doubles = [array.double() for array in (their_real, their_generated)]
  wanted, found = other.precision_and_recall(*doubles), metrics.manifold.precision_and_recall(*theirs)
  for name, value in found.items():
    yield row(of, f'{name} of equal features, in float64', value, wanted[name], 1e-6)
  directions = np.random.default_rng(0).normal(size=(1000, real.shape[1])).astype(np.float32)
  directions /= np.linalg.norm(directions, axis=1, keepdims=True)
  ours = 3 * real.shape[1] * metrics.sliced.sliced(*theirs, directions, power=2)
  wanted = other.mind(their_real, their_generated, other.torch.from_numpy(directions))
  yield row('formula in PyTorch', 'MIND, the same directions, relative', ours, wanted, 1e-6, relative=True)
  yield from parity_rows.prdc_rows(*theirs)


def scores(real, generated, probabilities):
  """The scores of torch-fidelity, by its rules, of our features."""
  size = min(metrics.kernel.SIZE, len(real))
  return {
    'kid': metrics.kernel.distance(generated, real, size=size)['kid'],
    'inception_score': metrics.inception.score(probabilities, 10, metrics.inception.SEED)['inception_score'],
    **metrics.manifold.precision_and_recall(real, generated),
  }
