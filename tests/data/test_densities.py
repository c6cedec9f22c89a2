"""Densities: samples follow them, logarithms integrate to one, moments are those that scale to unit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial import cKDTree

from gan_jax import configs, data, errors
from gan_jax.data import toy
from gan_jax.data.densities import DENSITIES, NODES

WITH_LOG = [name for name, density in DENSITIES.items() if density.log_density]
N = 20_000


def sample(name, n=N, seed=0):
  return np.asarray(jax.jit(DENSITIES[name].sample, static_argnums=1)(jax.random.key(seed), n))


@pytest.mark.parametrize('name', DENSITIES)
def test_unit_scale_has_mean_0_and_deviation_1(name):
  density = DENSITIES[name]
  points = sample(name)
  assert points.shape == (N, density.dim)
  assert points.dtype == np.float32
  unit = np.asarray(density.to_unit(points))
  np.testing.assert_allclose(unit.mean(0), 0, atol=0.04)
  np.testing.assert_allclose(unit.std(0), 1, atol=0.03)
  np.testing.assert_allclose(density.from_unit(unit), points, atol=1e-5 * np.abs(points).max())


@pytest.mark.long
@pytest.mark.parametrize('name', WITH_LOG)
def test_a_density_integrates_to_one(name):
  """By importance sampling from a wide normal distribution around it."""
  density = DENSITIES[name]
  rng, wide = np.random.default_rng(0), 1.5
  total, rounds = 0.0, 40
  log_density = jax.jit(density.log_density)
  for _ in range(rounds):
    unit = wide * rng.normal(size=(5_000, density.dim))
    log_proposal = -0.5 * (unit**2).sum(1) / wide**2 - density.dim * np.log(wide * np.sqrt(2 * np.pi))
    log_volume = np.log(density.scale).sum()
    points = jnp.asarray(unit * density.scale + density.centre, jnp.float32)
    total += np.exp(np.asarray(log_density(points)) + log_volume - log_proposal).mean() / rounds
  assert total == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize('name', WITH_LOG)
def test_the_mean_logarithm_is_that_of_an_independent_estimate(name):
  """The entropy of samples by distances to neighbours: Kozachenko and Leonenko 1987."""
  density, points = DENSITIES[name], sample(name, 6_000).astype(np.float64)
  distances = cKDTree(points).query(points, 2)[0][:, 1]
  volume = np.log(np.pi) if density.dim == 2 else np.log(2)
  entropy = density.dim * np.log(distances).mean() + volume + np.log(len(points) - 1) + np.euler_gamma
  assert -np.asarray(density.log_density(jnp.asarray(points))).mean() == pytest.approx(entropy, abs=0.1)


def test_the_quadratic_is_the_tutorials():
  points = sample('quadratic')
  assert points[:, 0].min() >= -50
  assert points[:, 0].max() < 50
  np.testing.assert_allclose(points[:, 1], 10 + points[:, 0] ** 2, rtol=1e-5)
  assert DENSITIES['quadratic'].scale == pytest.approx(
    [100 / 12**0.5, (50**4 / 5 - (50**2 / 3) ** 2) ** 0.5], rel=1e-5
  )


def test_the_ring_and_the_grid_are_those_of_the_papers():
  ring, grid = DENSITIES['ring'], DENSITIES['grid']
  np.testing.assert_allclose(np.linalg.norm(ring.modes, axis=1), 1)
  assert (len(ring.modes), ring.sigma, len(grid.modes), grid.sigma) == (8, 0.01, 25, 0.05)
  assert sorted({*grid.modes[:, 0]}) == [-4, -2, 0, 2, 4]


def test_two_curves_are_both_there():
  x, y = sample('two_curves').T
  on_sine, on_parabola = np.abs(y - np.sin(x)) < 1e-4, np.abs(y - (x**2 / 2 - 2)) < 1e-4
  assert (on_sine | on_parabola).all()
  assert on_sine.mean() == pytest.approx(0.5, abs=0.02)
  assert NODES % 2 == 0  # as many points of the quadrature on each side of a symmetric curve


def test_batches_are_drawn_from_their_index_and_never_twice():
  options = configs.get('toy_ring', {'train.batch_size': 512})
  dataset = data.make(options)
  first, again, other = (np.asarray(dataset.batch(0, index)['image']) for index in (3, 3, 4))
  np.testing.assert_array_equal(first, again)
  assert len(np.unique(np.concatenate([first, other]), axis=0)) == 1024
  distances = np.linalg.norm(DENSITIES['ring'].from_unit(first)[:, None] - DENSITIES['ring'].modes, axis=-1)
  assert (distances.min(1) < 0.06).all()
  test = data.make(options, split='test')
  assert not np.array_equal(test.batch(0, 3)['image'], first)
  options.data.normalize = False
  raw = data.make(options).batch(0, 3)['image']
  np.testing.assert_allclose(toy.find('ring').to_unit(raw), first, atol=1e-6)


def test_an_unknown_density_lists_the_known_ones():
  with pytest.raises(errors.UserError, match=r"did you mean 'ring'.*known: .*two_curves"):
    configs.get('toy_ring', {'data.density': 'rings'})
