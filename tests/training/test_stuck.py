"""A standstill is told once, in one line; what learns, or has only begun, is left alone."""

import numpy as np
import pytest

from gan_jax import data
from gan_jax.training import setup, stuck

NOISE = np.random.default_rng(0).normal(0, 0.4, (16, 16, 16, 1)).astype(np.float32)
CERTAIN = {'d/real_logit': np.full(3, 7.0), 'd/fake_logit': np.full(3, -6.0), 'd/loss': np.zeros(3)}


@pytest.fixture
def watch(tiny):
  """(field, ...) -> (Watch of a run on the digits, the lines that it has said)."""

  def make(*fields):
    config, said = tiny('sample.num=16', *fields), []
    dataset = data.make(config)
    return stuck.Watch(setup.make(config, dataset.spec()), dataset, said.append), said

  return make


def test_one_image_for_all_latents_and_a_sure_discriminator_are_told_once(watch):
  found, said = watch()
  for step in (600, 900):
    found.look(step, 0.02 * NOISE + 0.3, CERTAIN)
  assert said == [
    'step 600: all samples are nearly the same, and D tells them from real images with ease'
    ' (mean logits 7.0 and -6.0): try penalty.r1=10 and a wider generator'
  ]


@pytest.mark.parametrize(
  ('step', 'images', 'metrics'),
  [
    (600, NOISE, CERTAIN),
    (100, 0 * NOISE, CERTAIN),
    (600, 0 * NOISE, {**CERTAIN, 'd/fake_logit': np.full(3, 5.0)}),
    (600, 0 * NOISE, {'g/loss': np.zeros(3)}),
  ],
  ids=['various samples', 'early', 'a doubtful discriminator', 'none'],
)
def test_what_is_left_alone(watch, step, images, metrics):
  found, said = watch()
  found.look(step, images, metrics)
  assert said == []


def test_copies_are_left_alone(watch):
  found, said = watch('population.seeds=2')
  found.look(600, np.zeros((2, 16, 16, 16, 1), np.float32), CERTAIN)
  assert said == []
