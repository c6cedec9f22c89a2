"""Measures of points, on samples whose answer is known."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from gan_jax.data.densities import DENSITIES
from gan_jax.evaluation.metrics import toy

RING = DENSITIES['ring']
MODES = jnp.asarray(RING.modes, jnp.float32)


def normal(seed, *shape):
  return jax.random.normal(jax.random.key(seed), shape)


def test_modes_of_a_collapsed_generator():
  """Three modes, one of them by a single point; a tenth of the points lies nowhere."""
  points = jnp.concatenate(
    [jnp.tile(MODES[0], (60, 1)), jnp.tile(MODES[3], (29, 1)), MODES[5:6], jnp.zeros((10, 2))]
  )
  assert toy.modes_covered(points, MODES, RING.sigma) == 3
  assert float(toy.high_quality_share(points, MODES, RING.sigma)) == pytest.approx(0.9)


@pytest.mark.parametrize('dim', [1, 2])
def test_the_ceiling_of_quality_is_what_true_samples_reach(dim):
  points = normal(0, 200_000, dim)
  share = toy.high_quality_share(points, jnp.zeros((1, dim)), 1.0)
  assert float(share) == pytest.approx(toy.high_quality_ceiling(dim), abs=1e-3)
  assert toy.high_quality_ceiling(2) == pytest.approx(1 - math.exp(-4.5))


@pytest.mark.long
def test_reverse_kl_of_known_shares():
  shares = np.array([0.5, 0.25, 0.25, 0, 0, 0, 0, 0])
  points = jnp.repeat(MODES, jnp.asarray(shares * 400, jnp.int32), axis=0, total_repeat_length=400)
  assert float(toy.reverse_kl(points, MODES)) == pytest.approx(math.log(8) - 1.5 * math.log(2))
  assert float(toy.reverse_kl(MODES, MODES)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize('dim', [1, 2])
def test_jensen_shannon_lies_between_0_and_log_2(dim):
  points = normal(0, 4_000, dim)
  assert float(toy.jensen_shannon(points, points)) == 0
  left, right = jnp.where(points < 0, points, -points), jnp.where(points > 0.3, points, 5.0)
  assert float(toy.jensen_shannon(left, right)) == pytest.approx(math.log(2), abs=1e-5)
  half = jnp.concatenate([left[:2000], left[:2000] + 100])  # a half of it where the other has nothing
  expected = 0.5 * (math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2))
  far = jnp.concatenate([left[:2000], left[:2000]])
  assert float(toy.jensen_shannon(half, far)) == pytest.approx(expected, abs=0.02)


def test_energy_distance_is_that_of_scipy():
  """Which is on a line, and the root of it; in the plane, sums over the pairs of three points."""
  fake = normal(1, 300, 1) + 0.5
  expected = scipy.stats.energy_distance(normal(0, 400, 1)[:, 0], fake[:, 0]) ** 2
  assert float(toy.energy_distance(normal(0, 400, 1), fake)) == pytest.approx(expected, rel=1e-3)
  real, fake = jnp.array([[0.0, 0.0], [3.0, 4.0]]), jnp.array([[0.0, 0.0]])
  assert float(toy.energy_distance(real, fake)) == pytest.approx(2 * 5 / 2 - 2 * 5 / 4)
  assert float(toy.energy_distance(real, real)) == 0


def test_energy_distance_of_samples_of_one_distribution():
  found = [float(toy.energy_distance(normal(k, 500, 1), normal(50 + k, 500, 1))) for k in range(40)]
  assert np.mean(found) == pytest.approx(2 * (2 / math.sqrt(math.pi)) / 500, rel=0.25)


def test_sliced_wasserstein_of_a_shift_and_of_a_dilation():
  """A shift by v moves a projection by cos(angle) |v|; a dilation by 2 a normal one by its deviation."""
  points = normal(0, 5_000, 2)
  shifted = toy.sliced_wasserstein(points, points + jnp.array([3.0, 4.0]))
  assert float(shifted) == pytest.approx(5 / math.sqrt(2), rel=1e-4)
  assert float(toy.sliced_wasserstein(points, 2 * points)) == pytest.approx(1, abs=0.03)
  assert float(toy.sliced_wasserstein(points[:, :1], points[:, :1] + 2)) == pytest.approx(2, rel=1e-5)
  with pytest.raises(ValueError, match='5000 real and 4999'):
    toy.sliced_wasserstein(points, points[1:])


@pytest.mark.parametrize('name', ['ring', 'mixture', 'quadratic'])
def test_a_perfect_generator_is_at_the_floors(name):
  density = DENSITIES[name]
  samples = [density.sample(jax.random.key(seed), 2_500) for seed in range(3)]
  told = jax.jit(toy.score, static_argnums=0)(density, *samples)
  for measure in toy.DISTANCES:
    assert abs(float(told[measure])) <= 3 * abs(float(told[f'{measure}_floor'])) + 1e-3
  if density.modes is not None:
    assert int(told['modes_covered']) == len(density.modes)
    assert float(told['high_quality']) == pytest.approx(toy.high_quality_ceiling(density.dim), abs=0.01)
