"""Points: what theory says must be seen in the numbers of the laboratory, and its pictures must be drawn."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import ROOT
from PIL import Image

from gan_jax import configs, data, losses
from gan_jax.data import toy
from gan_jax.inference import figures, sample
from gan_jax.runs import folder as runs
from gan_jax.training import loop, setup
from gan_jax.views import points
from gan_jax.views.points import feature_space, line, plane, rejection, saddle, value

QUADRATIC = [('generator.widths', '(8,8)'), ('discriminator.widths', '(8,8)'), ('evaluate.num_images', '0')]


def start(name, *fields):
  """(Experiment, TrainState before the first step, Dataset) of a config."""
  options = configs.load(ROOT / f'configs/{name}.py:test', list(fields), notice=lambda _: None)
  dataset = data.make(options)
  made = setup.make(options, dataset.spec())
  return made, made.init_state(), dataset


def radius(loss, gamma=0.0, sigma=0.0, alternating=True):
  """Distances from the equilibrium along a trajectory."""
  return np.linalg.norm(saddle.trajectory(loss, gamma, sigma, alternating), axis=1)


def test_simultaneous_descent_leaves_the_saddle_of_the_bilinear_game():
  """By a factor of sqrt(1 + rate^2) a step: Mescheder et al. 2018, sec. 2.2."""
  found = radius(losses.wasserstein, alternating=False)
  expected = found[0] * (1 + saddle.RATE**2) ** (np.arange(len(found)) / 2)
  np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_alternating_descent_circles_and_r1_and_noise_converge():
  circling = radius(losses.wasserstein)
  assert circling.min() / circling[0] > 0.8
  assert circling.max() / circling[0] < 1.3
  for loss in (losses.wasserstein, losses.minimax):
    assert radius(loss, gamma=1.0)[-1] < 0.05
  assert radius(losses.minimax)[-1] > 0.9
  assert radius(losses.minimax, sigma=0.7)[-1] < 0.7 * radius(losses.minimax)[-1]


def test_the_gradients_of_the_dirac_gan_are_the_papers():
  """Eq. 3 and 5 with f(t) = -log(1 + exp(-t)), f' = sigmoid(-t): the fake half of the game."""
  theta, psi = jnp.float32(0.7), jnp.float32(-1.3)
  of_theta, of_psi = saddle.gradients(losses.minimax, 0.0, 0.0, theta, psi)
  assert float(of_theta) == pytest.approx(float(-jax.nn.sigmoid(theta * psi) * psi), rel=1e-5)
  assert float(of_psi) == pytest.approx(float(jax.nn.sigmoid(theta * psi) * theta), rel=1e-5)


def test_real_features_do_not_move_in_an_update_of_g():
  made, state, dataset = start('toy_quadratic', *QUADRATIC)
  (before, after_g), (_, after_d) = feature_space.updates(made, state, dataset)
  assert before['real'].shape == (made.config.train.batch_size, 2)
  np.testing.assert_array_equal(before['real'], after_g['real'])
  assert not np.array_equal(before['fake'], after_g['fake'])
  assert not np.array_equal(before['real'], after_d['real'])


def test_many_features_are_projected_to_where_they_vary():
  rng = np.random.default_rng(0)
  spread = rng.normal(size=(500, 5)) * [0.1, 5, 0.1, 2, 0.1]
  projected = feature_space.plane_of(spread)(spread)
  assert projected.std(0) == pytest.approx([5, 2], rel=0.1)


def test_a_kernel_density_integrates_to_one_and_peaks_at_the_modes():
  x = np.linspace(-12, 12, 2_000)
  samples = np.asarray(toy.find('mixture').sample(jax.random.key(0), 4_000))[:, 0]
  density = line.kernel_density(samples, x)
  assert np.trapezoid(density, x) == pytest.approx(1, abs=1e-3)
  truth = np.exp(toy.find('mixture').log_density(jnp.asarray(x[:, None])))
  assert np.abs(density - truth).max() < 0.04


def test_the_best_d_is_one_half_where_both_are_alike_and_1_where_only_data_are():
  rng = np.random.default_rng(0)
  real = np.concatenate([rng.normal(size=(2_000, 2)), rng.normal(size=(2_000, 2)) + [8, 0]])
  fake = rng.normal(size=(4_000, 2))
  here, there = plane.optimal(real, fake, np.array([[0.0, 0.0], [8.0, 0.0]]))
  assert here == pytest.approx(1 / 3, abs=0.06)
  assert there > 0.99


def test_rejection_brings_the_generated_distribution_to_the_real_one(monkeypatch):
  """With the true ratio: a wide normal distribution cut down to a narrow one."""
  made, state, _ = start('toy_1d')
  wide = lambda made, variables, rng, count: 2 * jax.random.normal(rng, (count, 1))
  monkeypatch.setattr(rejection, 'fakes', wide)
  monkeypatch.setattr(rejection, 'QUANTILE', 0.99)
  log_ratio = lambda x: -0.5 * x[:, 0] ** 2 * (1 - 1 / 4) + math.log(2)
  kept, share = rejection.sample(made, state, log_ratio, 4_000)
  assert len(kept) == 4_000
  assert float(kept.std()) == pytest.approx(1, abs=0.05)
  assert share == pytest.approx(0.5, abs=0.03)  # 1 / max of p / p_g


def test_the_value_of_the_game_needs_losses_that_are_logarithms(tmp_path):
  options = configs.load(ROOT / 'configs/toy_1d_vanilla.py')
  rows = [{'step': n, 'd/real_loss': math.log(2), 'd/fake_loss': math.log(2)} for n in range(5)]
  assert value.draw(options, rows).shape[-1] == 3
  options.loss = 'wasserstein'
  assert value.draw(options, rows) is None


@pytest.mark.long
@pytest.mark.parametrize('name', ['toy_ring_vanilla', 'toy_1d'])
def test_a_run_draws_its_pictures_and_scores_itself(name, tmp_path, monkeypatch):
  monkeypatch.setattr(rejection, 'STEPS', 5)
  monkeypatch.setattr(plane, 'CELLS', 12)
  options = configs.load(ROOT / f'configs/{name}.py:test', [('evaluate.num_images', '100')])
  told, run, made_of = [], runs.Run(tmp_path), {'toy_1d': 1, 'toy_ring_vanilla': 2}
  loop.train(options, run, notice=told.append)
  expected = {'losses', 'features', 'value'} | ({'saddle'} if name == 'toy_1d' else {'plane'})
  assert {file.stem for file in run.figures.glob('*.png')} == expected
  assert any('within 3 sigma' in text for text in told)
  for file in run.figures.glob('*.png'):
    file.unlink()
  figures.draw(run)
  assert {file.stem for file in run.figures.glob('*.png')} == expected
  sample.write(tmp_path, 7, tmp_path / 'out', seed=1)
  sample.write(tmp_path, 7, tmp_path / 'out.npz', seed=1)
  with np.load(tmp_path / 'out.npz') as archive:
    assert archive['points'].shape == (7, made_of[name])
    written = np.loadtxt(tmp_path / 'out/points.csv', delimiter=',', ndmin=2)
    np.testing.assert_allclose(written, archive['points'], rtol=1e-6)
  with Image.open(run.samples / 'training.gif') as animation:
    assert animation.n_frames >= 2


def test_frames_of_copies_are_small_multiples():
  made, state, dataset = start('toy_ring', ('population.seeds', '3'))
  known = points.snapshot(made, dataset)(state)
  assert known['fake'].shape == (3, made.config.sample.num, 2)
  pixels = points.draw(known)
  assert pixels.dtype == np.uint8
  assert pixels.std() > 10
