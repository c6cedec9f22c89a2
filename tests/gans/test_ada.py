"""ADA: the changes come as often as they should, p follows its rule, and it plays in a whole game."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import configs, data, errors
from gan_jax.gans import augmentations
from gan_jax.gans.parts import ada_pipe
from gan_jax.training import experiment

RNG = jax.random.key(0)
IMAGES = jax.random.normal(jax.random.key(1), (64, 8, 8, 3))
NONE = {f'augment.{name}': 0.0 for name in ('blit', 'geometry', 'color')}


def config(fields):
  return configs.get('dcgan_digits', {'augment.name': 'ada', **fields}, notice=lambda _: None)


def made(fields):
  return augmentations.of(config(fields))


def always(**shares):
  """apply(images, rng) with p = 1 of these shares alone."""
  fields = {**NONE, **{f'augment.{name}': value for name, value in shares.items()}}
  apply = made({**fields, 'augment.target': 0.0, 'augment.p': 1.0}).apply
  return lambda images, rng=RNG: apply(images, rng, {})


@pytest.mark.long
def test_at_zero_images_stay_as_they_are_to_the_bit():
  shares = {'augment.noise': 1.0, 'augment.cutout': 1.0}
  adaptive, fixed = made(shares), made({**shares, 'augment.target': 0.0})
  np.testing.assert_array_equal(jax.jit(adaptive.apply)(IMAGES, RNG, adaptive.init()), IMAGES)
  np.testing.assert_array_equal(fixed.apply(IMAGES, RNG, {}), IMAGES)
  assert fixed.init() == {}


def test_blits_move_whole_pixels():
  after = always(blit=1.0)(IMAGES)
  assert np.isin(np.asarray(after), np.asarray(IMAGES)).all()
  assert not (after == IMAGES).all((1, 2, 3)).all()


def test_each_change_comes_with_its_chance():
  """Of 8,000 images; quarter turns are none in a fourth of cases, mirrors in half."""
  count, p = 8_000, 0.3
  places = np.asarray(ada_pipe.places(RNG, count, 8, 8, p, 0.0))
  assert np.isclose((np.linalg.det(places) < 0).mean(), p / 2, atol=0.02)
  assert np.isclose((np.abs(places[:, 0, 0]) < 0.5).mean(), p / 2, atol=0.02)
  assert set(np.abs(places[:, :2, 2]).ravel()) == {0.0, 1.0}
  rest = np.asarray(ada_pipe.places(RNG, count, 8, 8, 0.0, p))
  same = (rest[:, :2, :2] == np.eye(2)).all((1, 2)).mean()
  assert np.isclose(same, (1 - p) ** 3, atol=0.02)  # scaling, stretching, and turning at least once
  assert np.isclose((rest[:, 0, 2] != 0).mean(), p, atol=0.02)
  recolored = np.asarray(ada_pipe.recolorings(RNG, count, p))
  assert np.isclose((recolored == np.eye(4)).all((1, 2)).mean(), (1 - p) ** 4 * (1 - p / 2), atol=0.02)


def test_strengths_are_those_of_the_paper():
  count = 20_000
  rest = np.asarray(ada_pipe.places(RNG, count, 8, 16, 0.0, 1.0))[:, :2, :2]
  areas = -np.log2(np.abs(np.linalg.det(rest))) / 2  # of the scaling: stretching keeps areas
  assert np.isclose(areas.std(), 0.2, atol=0.01)
  ratios = np.log2(np.divide(*np.linalg.svd(rest, compute_uv=False).T)) / 2  # of the stretching
  assert np.isclose(np.sqrt((ratios**2).mean()), 0.2, atol=0.01)
  recolored = np.asarray(ada_pipe.recolorings(RNG, count, 1.0))
  grey = recolored[:, :3, :3].sum((1, 2)) / 3  # luma: the contrast, and its flip in half of them
  assert np.isclose((grey < 0).mean(), 0.5, atol=0.02)
  assert np.isclose(np.log2(np.abs(grey)).std(), 0.5, atol=0.01)


def test_turns_are_of_all_angles_and_moves_come_last():
  maps = np.asarray(ada_pipe.places(RNG, 20_000, 8, 16, 0.0, 1.0))
  linear, moved = maps[:, :2, :2], maps[:, :2, 2]
  u, _, v = np.linalg.svd(linear)
  turned = (u @ v) @ np.array([1, 1j])  # [B, 2]: its first number is exp(i angle), of both turns together
  for harmonic in (1, 2):
    assert np.abs((turned[:, 0] ** harmonic).mean()) < 0.03
  parts = np.linalg.solve(linear, moved[..., None])[..., 0]
  np.testing.assert_allclose(parts.std(0), [16 / 8, 8 / 8], rtol=0.03)


def test_strengths_of_colours_are_those_of_the_paper():
  """Grey stays grey: the luma tells brightness and contrast, the plane of chroma hue and saturation."""
  maps = np.asarray(ada_pipe.recolorings(RNG, 20_000, 1.0))
  linear, added = maps[:, :3, :3], maps[:, :3, 3].mean(1)
  luma = linear.sum((1, 2)) / 3
  assert np.isclose((added / luma).std(), 0.2, atol=0.01)
  assert np.isclose(np.log2(np.abs(np.linalg.det(linear) / luma**3)).std() / 2, 1.0, atol=0.03)
  first, second = np.array([1, -1, 0]) / np.sqrt(2), np.array([1, 1, -2]) / np.sqrt(6)
  hue = np.arctan2((linear @ first) @ second, (linear @ first) @ first)
  assert np.isclose(hue.std(), np.pi / np.sqrt(3), atol=0.03)
  assert np.abs(np.exp(1j * hue).mean()) < 0.03


def test_cutout_is_half_of_each_side_or_less_at_an_edge():
  holes = np.asarray(always(cutout=1.0)(IMAGES) == 0).all(-1)
  for side in (1, 2):
    assert holes.any(3 - side).sum(-1).max() == 4
  assert holes.any((1, 2)).all()


def test_noise_has_a_strength_for_each_image():
  deviations = np.asarray((always(noise=1.0)(IMAGES) - IMAGES).std((1, 2, 3)))
  assert np.isclose(np.sqrt((deviations**2).mean()), 0.1, atol=0.03)
  assert deviations.min() < 0.02 < 0.15 < deviations.max()


def test_p_rises_and_falls_by_the_images_seen():
  """10 real images in each of two updates, of 100 in which p goes from 0 to 1."""
  ada = made({'augment.interval': 2, 'augment.speed': 100.0, 'augment.p': 0.3})
  surely, hardly = jnp.ones(10), jnp.array([1.0] * 5 + [-1.0] * 5)
  state = ada.init()
  for logits, wanted in (
    (surely, 0.3),
    (surely, 0.5),
    (hardly, 0.5),
    (surely, 0.3),  # 0.5 is the mean sign of the two, and 0.6 the target
    (hardly, 0.3),
    (hardly, 0.1),
  ):
    state = ada.update(state, {'logits': logits}, {'logits': -logits})
    np.testing.assert_allclose(state['p'], wanted, atol=1e-6)
    np.testing.assert_allclose(ada.metrics(state)['augment_p'], wanted, atol=1e-6)


def test_p_stays_between_0_and_1():
  ada = made({'augment.interval': 1, 'augment.speed': 10.0})
  for logit, wanted in ((-1.0, 0.0), (1.0, 1.0), (1.0, 1.0)):
    state = ada.update(ada.init(), {'logits': jnp.full(20, logit)}, {'logits': jnp.zeros(20)})
    assert state['p'] == wanted


@pytest.mark.parametrize('loss', ['least_squares', 'non_saturating', 'hinge'])
def test_a_d_that_takes_real_images_for_fakes_needs_no_changes(loss):
  """p falls below the logit of a D that cannot tell, which is 0.5 for least squares, and rises above."""
  zero = 0.5 if loss == 'least_squares' else 0.0
  ada = made({'augment.interval': 1, 'augment.speed': 20.0, 'augment.p': 0.5, 'loss': loss})
  for logit, wanted in ((zero - 0.1, 0.0), (zero + 0.1, 1.0)):
    state = ada.update(ada.init(), {'logits': jnp.full(10, logit)}, {'logits': jnp.full(10, -1.0)})
    assert state['p'] == wanted


def test_smoothing_lowers_what_counts_as_taken_for_real():
  ada = made({'augment.interval': 1, 'augment.speed': 20.0, 'loss': 'non_saturating', 'label_smoothing': 0.1})
  state = ada.update(ada.init(), {'logits': jnp.full(10, -0.1)}, {'logits': jnp.full(10, -1.0)})
  assert state['p'] == 0.5  # a D that cannot tell says log(0.9 / 1.1), which is -0.2


@pytest.mark.parametrize('loss', ['wasserstein', 'relativistic', 'relativistic_average'])
def test_losses_of_differences_alone_judge_real_images_beside_generated_ones(loss):
  ada = made({'augment.interval': 1, 'augment.speed': 20.0, 'loss': loss})
  real, fake = jnp.arange(10.0), jnp.full(10, -5.0)
  for shift in (-100.0, 0.0, 100.0):
    assert ada.update(ada.init(), {'logits': real + shift}, {'logits': fake + shift})['p'] == 0.5


@pytest.mark.long
def test_a_run_reports_p_and_keeps_it(tiny):
  options = tiny('augment.name=ada', 'augment.interval=1', 'augment.speed=80', 'augment.target=0.001')
  made = experiment.make(options, data.make(options).spec())
  step = jax.jit(made.train_step())
  state, first = step(made.init_state(), data.make(options))
  _, second = step(state, data.make(options))
  assert first['d/augment_p'] == 0
  assert second['d/augment_p'] == state.variables['d_state']['augmentation']['p']
  assert np.isclose(second['d/augment_p'], (0, 0.1)).any()  # 8 of 80 images up, or down


@pytest.mark.long
def test_penalties_differentiate_through_it(tiny):
  options = tiny('augment.name=ada', 'augment.p=1', 'augment.target=0', 'penalty.r1=1', 'penalty.r2=1')
  made = experiment.make(options, data.make(options).spec())
  _, metrics = jax.jit(made.train_step())(made.init_state(), data.make(options))
  assert metrics['d/augment_p'] == 1
  for name in ('d/r1', 'd/r2', 'd/loss', 'g/loss'):
    assert np.isfinite(metrics[name])
  assert metrics['d/r1'] > 0


@pytest.mark.long
def test_in_bfloat16_and_over_copies():
  apply = always(blit=1.0, geometry=1.0, color=1.0, noise=1.0, cutout=1.0)
  some = IMAGES[:2].astype(jnp.bfloat16)
  copies = jax.jit(jax.vmap(apply, (None, 0)))(some, jax.random.split(RNG, 2))
  assert copies.dtype == jnp.bfloat16
  assert np.isfinite(np.asarray(copies, np.float32)).all()


def test_what_is_no_image_is_refused():
  with pytest.raises(
    errors.UserError, match=r'augment.name=ada is for images \[B, H, W, C\], and these are \[B, 2\]'
  ):
    always(blit=1.0)(jnp.ones((3, 2)))
