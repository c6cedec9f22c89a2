"""Modes and their divergence: known answers, floors beside simulation, and a judge of single channels."""

import math

import numpy as np
import pytest

from gan_jax import data, errors, metrics
from gan_jax.evaluation import networks
from gan_jax.evaluation.measures import modes
from gan_jax.evaluation.networks import channels
from gan_jax.evaluation.sample import Sample

ALL = np.stack(np.unravel_index(np.arange(1000), (10, 10, 10)), -1)  # each combination of three digits


def sample(classes, num_classes=10):
  """A Sample of images whose channels [N, C] are most probably of these classes."""
  probabilities = 0.1 / num_classes + 0.9 * np.eye(num_classes)[classes]
  return Sample(len(classes), [], None, probabilities, lambda: None)


def taken(generated, sure=False):
  return modes.covered(generated, generated, sure)


def scores(classes, sure=False, **options):
  return {name: value for name, (value, _) in taken(sample(classes, **options), sure).items()}


def test_each_class_alike_is_at_no_distance():
  found = scores(np.repeat(ALL, 3, axis=0))
  assert found['modes_covered'] == found['num_modes'] == 1000
  assert found['reverse_kl'] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize('count', [1, 10, 500])
def test_some_classes_alike_are_at_the_logarithm_of_what_is_lost(count):
  found = scores(np.repeat(ALL[::2][:count], 4, axis=0))
  assert found['modes_covered'] == count
  assert found['reverse_kl'] == pytest.approx(math.log(1000 / count))


def test_unequal_shares_have_the_divergence_of_its_definition():
  counts = np.array([6, 3, 1, 0])
  wanted = sum(share * math.log(4 * share) for share in (0.6, 0.3, 0.1))
  assert float(metrics.modes.reverse_kl(counts)) == pytest.approx(wanted)


def test_the_first_channel_counts_singly():
  counts = metrics.modes.counts(np.array([[3, 0, 7], [3, 0, 7], [9, 9, 9]]), 10)
  assert (counts[703], counts[999]) == (2, 1)
  assert counts.sum() == 3


def test_images_of_one_class_each_have_as_many_modes_as_classes():
  found = taken(Sample(3, [], None, np.eye(5)[[1, 1, 4]], lambda: None))
  assert found['modes_covered'][0] == 2
  assert found['num_modes'][0] == 5


@pytest.mark.parametrize('count', [10_000, 25_600])
def test_the_floor_of_simulation_is_that_of_theory(count):
  """To a tenth, which is what the next term of the expansion, (M - 1) / 12 N^2 sum 1/p, leaves of it."""
  floor, expected = metrics.modes.floor(1000, count), metrics.modes.expected_floor(1000, count)
  assert expected == pytest.approx(999 / (2 * count))
  assert floor == pytest.approx(expected, rel=0.1)


def test_few_samples_have_the_floor_of_simulation_alone():
  """Ten of a thousand hardly meet: nearly log 100, of which (M - 1) / 2 N knows nothing."""
  assert metrics.modes.floor(1000, 10) == pytest.approx(math.log(100), rel=0.01)


def test_uniform_samples_are_at_the_floor_within_the_interval():
  """The interval is as wide as another draw is far away; the bias, which is the floor, is beside it."""
  draw = np.random.default_rng(1)
  drawn = [draw.integers(0, 10, (20_000, 3)) for _ in range(20)]
  values = [scores(some)['reverse_kl'] for some in drawn]
  value, (low, high) = taken(sample(drawn[0]), True)['reverse_kl']
  assert np.mean(values) == pytest.approx(metrics.modes.floor(1000, 20_000), rel=0.05)
  assert low < value < high
  assert (high - low) / 2 / 1.96 == pytest.approx(np.std(values), rel=1.0)


def test_too_many_combinations_are_refused():
  with pytest.raises(errors.UserError, match='leave it out') as error:
    taken(sample(np.zeros((2, 40), int), 2))
  assert '\n' not in str(error.value)


@pytest.fixture(scope='module')
def stacks():
  options = {'of': 'digits', 'size': (8, 8), 'channels': 3}
  return tuple(data.load('stacked', split=split, **options) for split in ('train', 'test'))


@pytest.mark.long
def test_the_judge_reads_each_channel_by_itself(stacks):
  """Held-out stacks are read as often as all three digits are, and channels that change places likewise."""
  train, test = stacks
  judge = channels.of(train.grey, test.grey, steps=200)
  found = test.gather(np.arange(300))
  images, label = np.asarray(found['image']), np.asarray(found['label'])
  seen = judge.see(images)
  assert seen.probabilities.shape == (300, 3, 10)
  assert seen.features.shape == (300, 3 * 64)
  read = seen.probabilities.argmax(-1) @ (1, 10, 100)
  assert (read == label).mean() > judge.accuracy**3 - 0.1
  assert judge.accuracy > 0.85
  np.testing.assert_allclose(
    judge.see(images[..., ::-1]).probabilities, seen.probabilities[:, ::-1], atol=1e-5
  )


def test_the_judge_wants_stacks(stacks):
  grey = stacks[0].grey
  with pytest.raises(errors.UserError, match=r'data\.name=stacked') as error:
    networks.make('channels', None, grey, grey)
  assert '\n' not in str(error.value)
