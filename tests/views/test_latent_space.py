"""What lies between samples, and what is nearest to them."""

import types

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax.data.dataset import Dataset, to_float
from gan_jax.gans import contract
from gan_jax.views import latent_space


def random_images(count, *shape, seed=0):
  return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)


@pytest.mark.parametrize('angle', [0.0, 1e-5, 0.3, np.pi / 2, 3.0])
def test_slerp_goes_along_the_arc_at_an_even_pace(angle):
  start, end = np.array([2.0, 0.0]), 2 * np.array([np.cos(angle), np.sin(angle)])
  for t in np.linspace(0, 1, 5):
    expected = 2 * np.array([np.cos(t * angle), np.sin(t * angle)])
    np.testing.assert_allclose(latent_space.slerp(start, end, t), expected, atol=1e-9)


def test_slerp_starts_and_ends_where_it_should_at_any_length():
  start, end = np.random.default_rng(0).normal(size=(2, 10))
  np.testing.assert_allclose(latent_space.slerp(start, end, 0), start)
  np.testing.assert_allclose(latent_space.slerp(start, end, 1), end)
  np.testing.assert_allclose(latent_space.slerp(start, 3 * start, 0.5), 2 * start)


def test_slerp_between_opposite_latents_is_straight():
  end = np.array([3.0])
  found = [latent_space.slerp(-end, end, t)[0] for t in (0, 0.5, 1)]
  np.testing.assert_allclose(found, [-3, 0, 3], atol=1e-6)


class Reading:
  """Stands in for a sampler: it gives latents back, or the image that a latent is the index of."""

  gan = types.SimpleNamespace(presentation=contract.Presentation())

  def __init__(self, images=None):
    self.images = images

  def draw(self, count, seed=0):
    normal = np.random.default_rng(seed).normal(size=(count, 12))
    return {'latents': normal if self.images is None else np.arange(count)}

  def generate(self, drawn):
    latents = drawn['latents']
    return latents if self.images is None else self.images[latents]


def test_interpolations_join_pairs_of_latents():
  ways = latent_space.interpolate(Reading(), rows=3, columns=4).reshape(3, 4, 12)
  ends = Reading().draw(6, seed=1)['latents']
  np.testing.assert_allclose(ways[:, 0], ends[0::2])
  np.testing.assert_allclose(ways[:, -1], ends[1::2])


@pytest.mark.parametrize('walks', [1, 3, latent_space.BATCH + 1])
def test_walks_pass_all_their_latents_in_turn_and_come_back(walks):
  frames = list(latent_space.walk(Reading(), walks, stops=3, frames=12))
  latents = Reading().draw(3 * walks)['latents'].reshape(3, walks, 12)
  assert len(frames) == 12
  np.testing.assert_allclose(frames[::4], latents)
  np.testing.assert_allclose(
    frames[11], [latent_space.slerp(latents[2, k], latents[0, k], 0.75) for k in range(walks)]
  )


class Conditioned(Reading):
  """Gives the condition back."""

  def draw(self, count, seed=0):
    return {**super().draw(count, seed), 'fake_label': np.arange(count) % 2}

  def generate(self, drawn):
    assert len(drawn['latents']) == len(drawn['fake_label'])
    return drawn['fake_label']


def test_conditions_stay_while_latents_walk():
  for frame in latent_space.walk(Conditioned(), walks=4, stops=3, frames=50):
    np.testing.assert_array_equal(frame, [0, 1, 0, 1])


@pytest.mark.parametrize('size', [3, 40])
def test_neighbours_are_the_nearest(monkeypatch, size):
  """Of a set that no chunk divides; the first sample is a real image, and its own nearest."""
  monkeypatch.setattr(latent_space, 'CHUNK', 16)
  pixels = random_images(size, 3, 2, 1)
  real = np.asarray(to_float(jnp.asarray(pixels)))
  samples = np.concatenate([real[-1:], np.asarray(to_float(jnp.asarray(random_images(3, 3, 2, 1, seed=1))))])
  dataset = Dataset({'image': pixels}, size, 8, (3, 2, 1))
  found = latent_space.neighbours(Reading(samples), dataset, rows=4, nearest=5).reshape(4, -1, 3, 2, 1)
  distances = np.square(samples[:, None] - real).sum((2, 3, 4))
  for row, sample, distance in zip(found, samples, distances, strict=True):
    np.testing.assert_array_equal(row[0], sample)
    np.testing.assert_allclose(row[1:], real[np.argsort(distance)[:5]], atol=1e-6)
  np.testing.assert_allclose(found[0, 1], real[-1], atol=1e-6)
