"""Latents, or styles where there are any, by one interface."""

import jax.numpy as jnp
import looking
import numpy as np
import pytest

from gan_jax import errors
from gan_jax.gans.space import Space, repeated, truncating

NETWORKS = {'latents': looking.Linear(), 'styles': looking.Styled()}


@pytest.fixture(params=NETWORKS, scope='module')
def space(request):
  return Space(looking.sampler(NETWORKS[request.param]))


def test_a_space_is_that_of_styles_where_there_are_any(space):
  drawn = space.sampler.draw(3)
  assert space.points(drawn).shape == (3, *space.shape)
  assert space.shape == {'latents': (looking.DIM,), 'styles': (looking.LAYERS, 6)}[space.name]


def test_points_make_what_their_latents_make(space):
  drawn = space.sampler.draw(4, seed=3)
  np.testing.assert_allclose(
    space.images(drawn, space.points(drawn)), space.sampler.generate(drawn), atol=1e-6
  )


def test_truncated_points_lie_on_the_way_to_the_mean(space):
  points = space.points(space.sampler.draw(4))
  np.testing.assert_allclose(space.truncated(points, 1), points, atol=1e-6)
  np.testing.assert_allclose(space.truncated(points, 0), np.broadcast_to(space.mean, points.shape), atol=1e-6)
  halves = space.truncated(points, 0.5)
  np.testing.assert_allclose(2 * halves, points + space.mean, atol=1e-6)


def test_a_truncated_sampler_makes_what_truncated_points_make(space):
  drawn, moved = space.sampler.draw(5, seed=2), truncating(space.sampler, 0.3)
  wanted = space.images(drawn, space.truncated(space.points(drawn), 0.3))
  np.testing.assert_allclose(moved.generate(drawn), wanted, atol=1e-6)
  given = {**drawn, space.name: space.points(drawn)}  # styles of the caller's own, too
  np.testing.assert_allclose(moved.generate(given), wanted, atol=1e-6)
  np.testing.assert_allclose(moved(count=5, seed=2), wanted, atol=1e-6)
  assert np.ptp(truncating(space.sampler, 0)(count=5), 0).max() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize('psi', [-0.1, np.inf, np.nan])
def test_a_psi_that_is_none_is_refused(space, psi):
  with pytest.raises(errors.UserError, match='--psi='):
    truncating(space.sampler, psi)


def test_mean_and_spread_are_those_of_the_points(space):
  points = space.points(space.sampler.draw(20_000, seed=1))
  np.testing.assert_allclose(space.mean, points.reshape(-1, space.shape[-1]).mean(0), atol=0.05)
  assert space.spread == pytest.approx(np.sqrt(np.square(points - space.mean).mean()), rel=0.03)


def test_a_mean_style_of_the_network_goes_first():
  class Averaged(looking.Styled):
    def style_mean(self):
      return jnp.arange(6.0)

  np.testing.assert_array_equal(Space(looking.sampler(Averaged())).mean, np.arange(6))


def test_a_generator_without_latents_has_no_space():
  draw = lambda rng, batch: {'noise': jnp.zeros((len(batch['image']), 2))}
  generate = lambda variables, batch, rng, train: (
    {'image': jnp.zeros((len(batch['noise']), *looking.SHAPE))},
    {},
  )
  with pytest.raises(errors.UserError, match='G is given noise, and no latents'):
    Space(looking.sampler(looking.Linear(), draw=draw, generate=generate))


def test_what_was_first_drawn_comes_again():
  found = repeated({'latents': np.eye(3), 'fake_label': np.array([5, 6, 7])}, 2)
  np.testing.assert_array_equal(found['latents'], [[1, 0, 0]] * 2)
  np.testing.assert_array_equal(found['fake_label'], [5, 5])
