"""Frechet distances between Gaussians that are known, and of samples."""

import numpy as np

from gan_jax.evaluation.metrics import frechet


def rotation(size, seed=0):
  return np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))[0]


def covariance(values, seed=0):
  """A covariance with these eigenvalues along random axes."""
  axes = rotation(len(values), seed)
  return axes * np.asarray(values, float) @ axes.T


def test_distance_of_gaussians_with_common_axes():
  means = np.array([1.0, 2, 3]), np.array([1.0, 0, 0])
  values = np.array([4.0, 1, 9]), np.array([1.0, 1, 16])
  expected = 4 + 9 + np.square(np.sqrt(values[0]) - np.sqrt(values[1])).sum()
  ours = frechet.distance(*[(mean, covariance(value)) for mean, value in zip(means, values, strict=True)])
  np.testing.assert_allclose(ours, expected, rtol=1e-12)


def test_distance_of_gaussians_with_other_axes():
  # in two dimensions, tr (A B)^(1/2) = (tr(A B) + 2 det(A B)^(1/2))^(1/2)
  a, b = covariance([3, 1], seed=1), covariance([2, 5], seed=2)
  overlap = np.sqrt(np.trace(a @ b) + 2 * np.sqrt(np.linalg.det(a @ b)))
  ours = frechet.distance((np.zeros(2), a), (np.zeros(2), b))
  np.testing.assert_allclose(ours, np.trace(a) + np.trace(b) - 2 * overlap, rtol=1e-12)


def test_distance_with_singular_covariances():
  nothing, line = np.zeros((3, 3)), covariance([4, 0, 0])
  zero = np.zeros(3)
  np.testing.assert_allclose(frechet.distance((zero, nothing), (zero, line)), 4, rtol=1e-12)
  across = rotation(3) * np.array([0.0, 9, 0]) @ rotation(3).T  # no direction in common
  np.testing.assert_allclose(frechet.distance((zero, line), (zero, across)), 13, rtol=1e-6)
  assert frechet.distance((zero, line), (zero, line)) < 1e-6


def test_moments_are_those_of_the_features():
  features = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
  mean, cov = frechet.moments(features)
  centred = features - features.mean(0)
  np.testing.assert_allclose(mean, features.mean(0), atol=1e-6)
  np.testing.assert_allclose(cov, centred.T @ centred / 49, atol=1e-6)
  assert mean.dtype == cov.dtype == np.float64
  assert frechet.distance((mean, cov), (mean, cov)) < 1e-9
  assert frechet.moments(features[:, :1])[1].shape == (1, 1)


def test_distance_of_samples_shrinks_to_that_of_their_distributions():
  rng = np.random.default_rng(0)
  distance = lambda n: frechet.distance(*[frechet.moments(rng.normal(size=(n, 16))) for _ in range(2)])
  few, many = distance(100), distance(10_000)
  assert many < 0.1 * few
  assert many < 0.1
