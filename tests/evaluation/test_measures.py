"""Measures of features and of sets of images: closed forms, known answers, one line for mistakes."""

import jax
import numpy as np
import pytest
from scipy import special

from gan_jax import errors, metrics


def normal(count, dim=16, seed=0, shift=0.0, scale=1.0):
  return (shift + scale * np.random.default_rng(seed).normal(size=(count, dim))).astype(np.float32)


def refused(function, *inputs, **options):
  with pytest.raises(errors.UserError) as error:
    function(*inputs, **options)
  assert '\n' not in str(error.value)
  return str(error.value)


def test_golden_values_of_other_libraries():
  """Of torch-fidelity 0.4.0 and prdc 0.2, and MIND of torch-fidelity's later code along these directions."""
  real, generated = normal(300), normal(300, seed=1, shift=0.2, scale=0.9)
  logits = 2 * normal(303, 10, 2)  # not a multiple of the splits
  fid = metrics.frechet.distance(metrics.frechet.moments(real), metrics.frechet.moments(generated))
  assert fid == pytest.approx(1.2180690765, rel=1e-6)
  assert metrics.kernel.distance(real, generated, 20, 100)['kid'] == pytest.approx(0.1388900876, rel=1e-5)
  probabilities = special.softmax(logits.astype(np.float64), 1)
  assert metrics.inception.score(probabilities, 10, metrics.inception.SEED) == pytest.approx(
    {'inception_score': 2.4756013959, 'inception_score_deviation': 0.1566831014}
  )
  assert metrics.manifold.precision_and_recall(real, generated) == pytest.approx(
    {'precision': 0.85, 'recall': 0.5766666667}
  )
  assert metrics.manifold.density_and_coverage(real, generated) == pytest.approx(
    {'density': 1.4806666667, 'coverage': 0.9833333333}
  )
  assert metrics.sliced.mind(generated, real) == pytest.approx(3.2480399609, rel=1e-6)


def test_moments_in_parts_are_those_of_all():
  features = normal(1000, shift=1e4)
  running = metrics.frechet.Running()
  for part in np.split(features, [1, 3, 500]):
    running.add(part)
  for ours, wanted in zip(running.moments(), metrics.frechet.moments(features), strict=True):
    np.testing.assert_allclose(ours, wanted, rtol=1e-9, atol=1e-9)
  alone = metrics.frechet.Running()
  alone.add(features[:1])
  assert 'two or more' in refused(alone.moments)


def test_frechet_tends_to_the_formula():
  distance = lambda n: metrics.frechet.distance(
    metrics.frechet.moments(normal(n)), metrics.frechet.moments(normal(n, seed=1, shift=0.5, scale=2.0))
  )
  wanted = 16 * (0.25 + 1)  # |shift|^2 + (2 - 1)^2, a dimension
  assert abs(distance(100_000) - wanted) < 0.02 * wanted
  assert 'cannot be compared' in refused(
    metrics.frechet.distance, (np.zeros(2), np.eye(2)), (np.zeros(3), np.eye(3))
  )


def test_kernel_distance_of_the_whole_sets():
  """By its definition, pair by pair."""
  x, y = normal(7, 3).astype(float), normal(9, 3, 1).astype(float)
  k = lambda a, b: (a @ b / 3 + 1) ** 3
  alone = [np.mean([k(s[i], s[j]) for i in range(len(s)) for j in range(len(s)) if i != j]) for s in (x, y)]
  wanted = sum(alone) - 2 * np.mean([k(a, b) for a in x for b in y])
  np.testing.assert_allclose(metrics.kernel.squared_mmd(x, y), wanted, rtol=1e-12)


def test_kernel_distance_is_0_on_average_for_equal_laws_and_grows_with_the_shift():
  scores = [
    metrics.kernel.distance(normal(500, seed=k), normal(500, seed=k + 50), 10, 100)['kid'] for k in range(20)
  ]
  assert abs(np.mean(scores)) < 3 * np.std(scores) / np.sqrt(20)
  far = [metrics.kernel.distance(normal(500), normal(500, seed=1, shift=s), 10, 100)['kid'] for s in (0.2, 1)]
  assert 0 < far[0] < far[1]
  assert '99 samples are too few: give 100' in refused(
    metrics.kernel.distance, normal(99), normal(500), size=100
  )


def test_kernel_distance_draws_as_the_reference_does():
  """Subsets without replacement, of the first set and then of the second, from one generator."""
  x, y = normal(60), normal(50, seed=1)
  draw, values = np.random.RandomState(2020), []
  for _ in range(3):
    part = x[draw.choice(60, 20, replace=False)].astype(float)
    values.append(metrics.kernel.squared_mmd(part, y[draw.choice(50, 20, replace=False)].astype(float)))
  found = metrics.kernel.distance(x, y, 3, 20)
  assert found['kid'] == pytest.approx(np.mean(values), rel=1e-12)
  assert found['kid_error'] == pytest.approx(np.std(values, ddof=1) / np.sqrt(3), rel=1e-9)


def test_inception_score_of_known_probabilities():
  sure, equal = np.eye(10)[np.arange(1000) % 10], np.full((1000, 10), 0.1)
  assert metrics.inception.score(sure, 10)['inception_score'] == pytest.approx(10)
  assert metrics.inception.score(equal, 10) == pytest.approx(
    {'inception_score': 1, 'inception_score_deviation': 0}
  )
  halves = np.concatenate([sure, np.eye(10)[np.zeros(1000, int)]])
  split = metrics.inception.score(halves, 2)
  assert split['inception_score'] == pytest.approx(5.5)
  assert split['inception_score_deviation'] == pytest.approx(4.5)
  assert metrics.inception.score(halves, 2, seed=1)['inception_score_deviation'] < 1
  assert 'cannot be split' in refused(metrics.inception.score, sure[:5], 10)


def test_precision_and_recall_of_built_cases():
  near, far = normal(200, 4), normal(200, 4, 1, shift=100.0)
  measure = metrics.manifold.precision_and_recall
  assert measure(near, near) == {'precision': 1, 'recall': 1}
  assert measure(near, far) == {'precision': 0, 'recall': 0}
  both = np.concatenate([near, far])
  assert measure(near, both)['recall'] == 1
  assert measure(near, both)['precision'] == pytest.approx(0.5, abs=0.02)
  assert measure(both, near)['precision'] == 1
  assert measure(both, near)['recall'] == pytest.approx(0.5, abs=0.02)


def test_precision_by_hand():
  """Balls of radius 1 around 0, 1, 2, 3 (k = 1): their borders count for precision, not for density."""
  real = np.arange(4.0)[:, None]
  found = metrics.manifold.precision_and_recall(real, np.array([[4.0], [4.1], [1.5]]), k=1)
  assert found['precision'] == pytest.approx(2 / 3)
  density = metrics.manifold.density_and_coverage(real, np.array([[4.0], [1.5], [1.5]]), k=1)
  assert density == {'density': pytest.approx(4 / 3), 'coverage': 0.5}


def test_density_and_coverage_of_one_law_are_near_1():
  found = metrics.manifold.density_and_coverage(normal(2000, 2), normal(2000, 2, 1))
  assert found['density'] == pytest.approx(1, abs=0.05)
  assert found['coverage'] == pytest.approx(1 - 0.5**5, abs=0.03)  # Naeem et al. 2020, app. C: N = M
  assert 'too few: give 6' in refused(metrics.manifold.density_and_coverage, normal(5), normal(9))


def test_repeated_samples_lie_in_each_others_balls():
  real = np.repeat(normal(20, 64) * 100, 5, 0)
  assert metrics.manifold.precision_and_recall(real, real[::-1]) == {'precision': 1, 'recall': 1}


def test_mind_of_shifted_gaussians():
  """Along a unit direction the squared distance of the shift s is (s . u)^2, whose mean is |s|^2 / D."""
  x, shift = normal(2000, 32), np.zeros(32, np.float32)
  shift[0] = 3
  assert metrics.sliced.mind(x, x) == 0
  assert metrics.sliced.mind(x, x + shift, 4000) == pytest.approx(3 * 9, rel=0.05)
  assert metrics.sliced.mind(x, 2 * x, 4000) == pytest.approx(3 * 32 * np.square(x).mean(), rel=0.03)
  assert metrics.sliced.mind(x[:500], normal(2000, 32, 1)) < metrics.sliced.mind(x[:500], x + shift)


@pytest.mark.long
def test_pyramids_lose_nothing_and_tell_blur_at_the_fine_level():
  images = np.random.default_rng(0).uniform(-1, 1, (64, 32, 32, 3)).astype(np.float32)
  levels = list(metrics.sliced.laplacian(images))
  assert [level.shape[1] for level in levels] == [32, 16]
  constant = list(metrics.sliced.laplacian(np.ones((1, 32, 32, 1), np.float32)))
  np.testing.assert_allclose(constant[0], 0, atol=1e-6)
  found = metrics.sliced.pyramids(images, images)
  assert set(found) == {'swd_32', 'swd_16', 'swd'}
  other = np.random.default_rng(1).uniform(-1, 1, images.shape).astype(np.float32)
  sharp, soft = other, (other + np.roll(other, 1, 1)) / 2
  assert (
    metrics.sliced.pyramids(images, soft)['swd_32'] > 1.5 * metrics.sliced.pyramids(images, sharp)['swd_32']
  )
  assert 'cannot be compared' in refused(metrics.sliced.pyramids, images, images[:, :16])
  assert '16 pixels' in refused(metrics.sliced.pyramids, images[:, :8], images[:, :8])


def test_copies_are_told_from_fresh_samples():
  training, held_out, fresh = (normal(400, 8, seed) for seed in range(3))
  honest = metrics.memorisation.copying(training, held_out, fresh)
  assert abs(honest['closer_z']) < 3
  copied = metrics.memorisation.copying(training, held_out, training[:300])
  assert copied['nearest'] == 0
  assert copied['closer'] == 1
  assert copied['closer_z'] > 20
  assert copied['nearest_real'] == honest['nearest_real'] > 0


@pytest.mark.long
def test_ms_ssim():
  smooth = jax.image.resize(np.random.default_rng(0).normal(size=(8, 6, 6, 1)), (8, 48, 48, 1), 'bicubic')
  smooth = np.asarray(np.tanh(smooth), np.float32)
  np.testing.assert_allclose(metrics.diversity.ms_ssim(smooth, smooth), 1, rtol=1e-5)
  noisy = smooth + 0.1 * np.random.default_rng(1).normal(size=smooth.shape).astype(np.float32)
  noisier = smooth + 0.5 * np.random.default_rng(1).normal(size=smooth.shape).astype(np.float32)
  a, b = (metrics.diversity.ms_ssim(smooth, images) for images in (noisy, noisier))
  assert (np.asarray(a) > np.asarray(b)).all()
  assert metrics.diversity.mean_ms_ssim(np.repeat(smooth[:1], 9, 0), 50) == pytest.approx(1, abs=1e-5)
  assert metrics.diversity.mean_ms_ssim(smooth, 50) < 0.6
  with pytest.raises(ValueError, match='window'):
    metrics.diversity.ms_ssim(smooth[:, :8], smooth[:, :8])


@pytest.mark.parametrize('function', [metrics.manifold.precision_and_recall, metrics.sliced.mind])
def test_features_that_do_not_fit_are_told_in_one_line(function):
  assert 'same D' in refused(function, normal(10, 3), normal(10, 4))
  assert 'not finite' in refused(function, normal(10, 3), np.full((10, 3), np.nan))
