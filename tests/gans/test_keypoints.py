"""The game of keypoints: what is known stays, what is not is never seen, scores are as by hand."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import ROOT

from gan_jax import configs, data, errors
from gan_jax.gans import keypoints
from gan_jax.gans.parts import painted, point_scores
from gan_jax.training import setup


@functools.cache
def dataset():
  return data.load('avatars', 4, size=(16, 16), channels=3, num_images=64, places='wide', captions=True)


def load(**fields):
  small = {'data.size': (16, 16), **fields}
  return configs.get(ROOT / 'configs/keypoints_avatars.py:test', small, notice=lambda _: None)


@functools.cache
def begun():
  """(GAN, variables, batch)."""
  experiment = setup.make(load(**{'gan.known': 0.5}), dataset().spec(conditions=True))
  batch = dataset().examples(np.arange(4))
  drawn = experiment.gan.draw(jax.random.key(0), batch)
  return experiment.gan, experiment.init_state().variables, {**batch, **drawn, 'step': 0}


def made(batch):
  gan, variables, _ = begun()
  return gan.generate(variables, batch, jax.random.key(0), train=False)[0]['keypoints']


@pytest.mark.long
@pytest.mark.parametrize(('mismatched', 'switch'), [(True, False), (False, True)])
def test_a_step_can_be_made(mismatched, switch):
  fields = {'gan.mismatched': mismatched, 'gan.switch': switch}
  experiment = setup.make(load(**fields), dataset().spec(conditions=True))
  state = jax.eval_shape(experiment.init, 0)
  first = state.variables['d']['params']['inside']['inside']['Dense_0']['kernel']
  assert len(first) == 8 + 9 * 3 + 9 * switch  # the caption's vector, the points, which are known
  after, metrics = jax.eval_shape(experiment.train_step(), state, dataset())
  assert jax.tree.structure(after) == jax.tree.structure(state)
  assert ('d/mismatched_logit' in metrics) == mismatched


@pytest.mark.long
def test_what_is_known_is_kept_and_what_is_not_known_is_not_seen():
  _, _, batch = begun()
  known, points = batch['fake_known'][..., None], batch['fake_keypoints']
  assert 0 < known.mean() < 1
  fakes = made(batch)
  np.testing.assert_array_equal(jnp.where(known > 0, fakes, 0), jnp.where(known > 0, points, 0))
  hidden = {**batch, 'fake_keypoints': jnp.where(known > 0, points, 0.123)}
  np.testing.assert_array_equal(made(hidden), fakes)
  told = {**batch, 'fake_keypoints': jnp.where(known > 0, points / 2, points)}
  assert jnp.abs(jnp.where(known > 0, 0, made(told) - fakes)).max() > 1e-6
  np.testing.assert_array_equal(made({**batch, 'fake_known': jnp.ones_like(known[..., 0])}), points)


def test_points_are_drawn_as_known_at_the_rate_of_the_config():
  for rate in (0.0, 0.5, 1.0):
    gan = setup.make(load(**{'gan.known': rate}), dataset().spec(conditions=True)).gan
    drawn = gan.draw(jax.random.key(0), dataset().examples(np.arange(64)))
    assert abs(drawn['fake_known'].mean() - rate) < 0.1
    assert set(np.unique(drawn['fake_known'])) <= {0, 1}


def test_visible_is_rounded_and_its_gradient_goes_through():
  outputs = jnp.array([[[0.0, -0.5, 0.2], [0.5, 0.5, -0.2]]])
  np.testing.assert_allclose(keypoints.placed(outputs), [[[0.5, 0.25, 1], [0, 0, 0]]], atol=1e-6)
  slopes = jax.grad(lambda some: keypoints.placed(some)[..., 2].sum())(outputs)
  np.testing.assert_allclose(slopes, [[[0, 0, 0.5]] * 2])
  slopes = jax.grad(lambda some: keypoints.placed(some)[..., 0].sum())(outputs)
  np.testing.assert_allclose(slopes[..., 0], [[0.5, 0]])  # a point that is not seen has no place


def test_data_without_captions_or_keypoints_are_refused_in_one_line():
  plain = data.load('avatars', 4, size=(16, 16), channels=3).spec()
  with pytest.raises(errors.UserError, match="this game needs 'caption' in its batches"):
    setup.make(load(), plain)


def test_spots_are_where_the_points_are_unless_they_are_not_seen():
  points = jnp.array([[[0.25, 0.75, 1.0], [0.75, 0.25, 0.0]]])
  picture = painted.on(jnp.full((1, 32, 32, 1), -1.0), points)
  assert picture.shape == (1, 32, 32, 3)
  red = picture[0, ..., 0] > 0
  assert red[7:9, 23:25].all()
  assert red.sum() < 16
  np.testing.assert_array_equal(picture[0, 16:], -1)
  rimmed = painted.on(jnp.full((1, 32, 32, 1), -1.0), points, jnp.ones((1, 2)))
  white = (rimmed > 0).all(-1)[0]
  assert white.any()
  assert not white[7:9, 23:25].any()


def test_scores_are_those_of_hand_arithmetic():
  points = jnp.array([[[0.2, 0.5, 1], [0.6, 0.5, 1], [0.0, 0.0, 0]], [[0, 0, 0]] * 3], jnp.float32)
  np.testing.assert_allclose(point_scores.mean(points, 1), [[0.4, 0.5], [0, 0]], atol=1e-6)
  np.testing.assert_allclose(point_scores.spread(points), [0.2, 0], atol=1e-6)
  places = jnp.array([[[0.5, 0.9], [0.6, 0.6], [0.9, 0.9]]] * 2)
  every, last = jnp.ones((2, 3)), jnp.array([[0.0, 1, 1]] * 2)
  np.testing.assert_allclose(point_scores.error(places, points, every), [0.3, 0], atol=1e-6)
  np.testing.assert_allclose(point_scores.error(places, points, last), [0.1, 0], atol=1e-6)
  real = jax.random.uniform(jax.random.key(0), (8, 3, 3))
  same = point_scores.score({'keypoints': real}, {'keypoints': real})
  assert {name for name in same if not name.endswith('_real')} == {'energy_distance', 'spread', 'visible'}
  for name in ('energy_distance', 'spread', 'visible'):
    np.testing.assert_array_equal(same[name], same[f'{name}_real'])
  far = point_scores.score({'keypoints': real}, {'keypoints': real + 1})
  assert (far['energy_distance'] > same['energy_distance'] + 1).all()


def test_more_points_are_known_beside_those_that_were():
  masks = point_scores.masks(jax.random.key(0), jnp.zeros((16, 6, 3)))
  assert list(masks) == [0, 1, 2, 4]
  for count, mask in masks.items():
    np.testing.assert_array_equal(mask.sum(1), count)
  assert (masks[1] <= masks[2]).all()
  assert (masks[2] <= masks[4]).all()
  assert masks[1].sum(0).max() < 10  # not the same one for all
  assert list(point_scores.masks(jax.random.key(0), jnp.zeros((2, 2, 3)))) == [0, 1]


@pytest.mark.long
def test_errors_of_a_generator_that_knows_all_are_zero_and_a_guess_is_none():
  gan, variables, batch = begun()
  truth = batch['keypoints']
  play = lambda **asked: jnp.repeat(truth, point_scores.DRAWS, 0)
  found = point_scores.known_errors(play, jax.random.normal, batch, jax.random.key(0))
  for count in point_scores.COUNTS:
    for name in ('error', 'deviation'):
      np.testing.assert_allclose(found[f'{name}_{count}_known'], 0, atol=1e-6)
  assert (found['error_of_guess'] > 0.01).all()
  examined = gan.presentation.examine(variables, batch, jax.random.key(0))
  assert set(examined) == {'right_caption_first', *found}
  assert all(values.shape == (4,) for values in examined.values())
