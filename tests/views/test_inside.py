"""Sheets show what they say: samples as they are where nothing is changed, the mean, the styles of others."""

import looking
import numpy as np
import pytest

from gan_jax import errors
from gan_jax.gans.space import Space, repeated
from gan_jax.views import inside

NETWORKS = {'latents': looking.Linear(16), 'styles': looking.Styled()}


@pytest.fixture(params=NETWORKS, scope='module')
def space(request):
  return Space(looking.sampler(NETWORKS[request.param]))


def test_truncation_goes_from_the_samples_to_their_mean(space):
  rows = inside.truncation(space, columns=3)
  drawn = space.sampler.draw(3, inside.SEED)
  assert list(rows) == ['psi 1', 'psi 0.8', 'psi 0.6', 'psi 0.4', 'psi 0.2', 'psi 0']
  np.testing.assert_allclose(rows['psi 1'], space.sampler.generate(drawn), atol=1e-6)
  mean = space.images(repeated(drawn, 1), np.broadcast_to(space.mean, (1, *space.shape)))
  np.testing.assert_allclose(rows['psi 0'], np.repeat(mean, 3, 0), atol=1e-6)


def test_each_direction_passes_through_the_sample(space):
  rows = inside.sefa(space, count=2)
  sample = space.sampler.generate(space.sampler.draw(1, inside.SEED))[0]
  assert list(rows) == ['direction 1', 'direction 2']
  for images in rows.values():
    assert len(images) == 2 * inside.REACH + 1
    np.testing.assert_allclose(images[inside.REACH], sample, atol=1e-6)


def test_a_linear_generator_changes_evenly_along_a_direction():
  (images, *_) = inside.sefa(Space(looking.sampler(looking.Linear()))).values()
  steps = np.diff(images, axis=0)
  np.testing.assert_allclose(steps, np.broadcast_to(steps[0], steps.shape), atol=1e-4)
  assert np.abs(steps).max() > 0.1


def test_mixed_images_have_a_third_of_their_layers_from_the_left():
  """Here each layer colours a channel of its own."""
  rows = inside.mixing(Space(looking.sampler(looking.Styled())), columns=4)
  top = rows.pop('')
  assert (top[0] == 1).all()
  assert list(rows) == ['coarse of the left', 'middle of the left', 'fine of the left']
  for k, images in enumerate(rows.values()):
    others = [channel for channel in range(3) if channel != k]
    left = np.broadcast_to(images[0, ..., k], images[1:, ..., k].shape)
    np.testing.assert_allclose(images[1:, ..., k], left, atol=1e-6)
    np.testing.assert_allclose(images[1:][..., others], top[1:][..., others], atol=1e-6)


def test_there_are_the_sheets_that_a_generator_has():
  of = lambda network: set(inside.pictures(looking.sampler(network)))
  assert of(looking.Styled()) == {'truncation', 'directions', 'mixing'}
  assert of(looking.Linear()) == {'truncation', 'directions'}
  assert inside.mixing(Space(looking.sampler(looking.Linear()))) == {}


def test_a_generator_without_directions_has_its_other_sheets():
  generate = lambda variables, batch, rng, train: (
    {'image': np.ones((1, *looking.SHAPE)) * batch['latents'][:, :1, None, None]},
    {},
  )
  sampler = looking.sampler(looking.Linear(), generate=generate)
  assert set(inside.pictures(sampler)) == {'truncation'}
  with pytest.raises(errors.UserError, match='no layer'):
    inside.sefa(Space(sampler))
