"""Scores by a classifier that tells digits from noise, and by a network that has learned nothing."""

import dataclasses
import functools
import types

import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest

from gan_jax import errors
from gan_jax.data import digits
from gan_jax.data.dataset import Dataset, to_uint8
from gan_jax.evaluation import kept, measures, networks, scoring
from gan_jax.evaluation.measures import teaching
from gan_jax.evaluation.metrics import frechet
from gan_jax.evaluation.networks import classifier, random
from gan_jax.evaluation.real import RealImages
from gan_jax.evaluation.sample import Sample
from gan_jax.evaluation.scoring import Scorer


def split_of_digits(split):
  return digits.make(ml_collections.ConfigDict(dict(split=split, size=(16, 16), channels=1, flip=False)), 64)


@pytest.fixture(scope='module')
def sets():
  return split_of_digits('train'), split_of_digits('test')


@pytest.fixture(scope='module')
def score(sets):
  return scoring.by_labels(*sets, learned=False, data='digits')


def test_a_classifier_tells_digits_from_noise(score, sets):
  real = sets[0].examples(np.arange(300))['image']
  good = score(real).numbers
  noise = score(np.random.default_rng(0).uniform(-1, 1, real.shape).astype(np.float32)).numbers
  assert good['judge_accuracy'] >= 0.94
  assert good['fid'] < 2 * good['fid_floor']
  assert noise['fid'] > 8 * noise['fid_floor']
  assert good['inception_score'] > 9
  assert noise['inception_score'] < 5
  assert good['confidence'] > 0.95 > noise['confidence']
  assert good['classes_covered'] == good['num_classes'] == 10
  assert abs(good['class_entropy'] - np.log(10)) < 0.05
  assert {type(value) for value in good.values()} <= {float, int}


def test_the_test_digits_themselves_are_at_no_distance(score, sets):
  scores = score(sets[1].examples(np.arange(297))['image']).numbers
  assert scores['fid'] < 1e-3 * scores['fid_floor']
  assert scores['inception_score'] == pytest.approx(scores['inception_score_real'])


def test_a_missing_class_is_missed(score, sets):
  examples = sets[0].examples(np.arange(600))
  scores = score(examples['image'][examples['label'] != 3]).numbers
  assert scores['classes_covered'] == 9
  assert scores['class_entropy'] == pytest.approx(np.log(9), abs=0.05)
  collapsed = score(examples['image'][examples['label'] == 3]).numbers
  assert collapsed['classes_covered'] == 1
  assert collapsed['fid'] > scores['fid'] > collapsed['fid_floor'] / 10


def test_bytes_and_floats_of_the_same_images_score_the_same(score, sets):
  images = sets[0].examples(np.arange(200))['image']
  assert score(images, quick=True) == score(np.asarray(to_uint8(images)), quick=True)


def test_quick_scores_have_the_same_numbers_but_no_intervals(score, sets):
  images = sets[0].examples(np.arange(200))['image']
  whole, quick = score(images), score(images, quick=True)
  assert not quick.intervals
  assert quick.numbers.items() <= whole.numbers.items()
  assert 'fid_floor' not in quick.numbers
  for name, (low, high) in whole.intervals.items():
    assert low <= whole.numbers[name] <= high


def test_the_protocol_says_what_was_compared_with_what(score, sets):
  found = score(sets[0].examples(np.arange(50))['image']).protocol
  assert found['network'] == 'classifier'
  assert (found['count'], found['reference_count'], found['data']) == (50, 297, 'digits')
  assert len(found['weights']) == len(found['reference_hash']) == 16
  assert set(found['measures']) >= {'fid', 'inception_score', 'class_entropy'}


@pytest.mark.parametrize(
  ('images', 'message'),
  [
    (np.zeros((4, 28, 28, 1)), r'\[16, 16, 1\], the generated ones \[28, 28, 1\]'),
    (np.zeros((4, 16, 16, 3)), r'\[16, 16, 1\], the generated ones \[16, 16, 3\]'),
    (np.zeros((1, 16, 16, 1)), '1 images are too few'),
    (np.full((4, 16, 16, 1), np.nan), 'not finite'),
  ],
)
def test_images_that_cannot_be_scored(score, images, message):
  with pytest.raises(errors.UserError, match=message):
    score(images)


def test_batches_do_not_matter(score, sets):
  images = np.asarray(to_uint8(sets[1].examples(np.arange(297))['image']))
  features, probabilities = score.network.see(images)  # 250, and 47 filled up
  assert features.shape == (297, 64)
  assert probabilities.shape == (297, 10)
  np.testing.assert_allclose(probabilities.sum(-1), 1, rtol=1e-5)
  for part in (slice(1), slice(240, 297)):
    np.testing.assert_allclose(score.network.see(images[part]).features, features[part], atol=1e-4)


def test_one_shape_alone_is_compiled(score):
  shapes = []
  look = lambda images: shapes.append(images.shape) or score.network.look(images)
  dataclasses.replace(score.network, look=look).see(np.zeros((501, 16, 16, 1), np.uint8))
  assert shapes == [(networks.BATCH, 16, 16, 1)] * 3


def draw_bars(indices):
  """4x4x3 images whose halves are bright or dark: the two attributes."""
  attributes = jnp.stack([indices % 2, indices // 2 % 2], -1).astype(jnp.float32)
  image = jnp.zeros((len(indices), 4, 4, 3)).at[:, :2].add(attributes[:, :1, None, None])
  image = image.at[:, 2:].add(attributes[:, 1:, None, None])
  noise = jnp.sin(indices[:, None] * jnp.arange(1, 4 * 4 * 3 + 1)).reshape(image.shape)
  return {'image': image - 0.5 + 0.3 * noise, 'attributes': attributes}


def bars(attribute_names=('top', 'bottom')):
  return Dataset({}, 400, 8, (4, 4, 3), draw=draw_bars, attribute_names=attribute_names)


@pytest.mark.long
def test_a_classifier_by_attributes_is_the_same_for_a_seed():
  images = bars().examples(jnp.arange(0, 400, 2))['image']  # the top is always dark
  first, second = (
    Scorer(classifier.of(bars(), bars(), seed=3, steps=60), RealImages(bars()))(images) for _ in range(2)
  )
  assert first == second
  assert first.numbers['judge_accuracy'] > 0.95
  assert (first.numbers['classes_covered'], first.numbers['num_classes']) == (3, 4)
  assert first.numbers['class_entropy'] == pytest.approx(np.log(2) / 2, abs=0.02)


def test_data_without_labels_are_refused():
  with pytest.raises(errors.UserError, match='labels or attributes'):
    classifier.of(bars(()), bars(()))


def test_a_classifier_is_trained_once_and_then_read(sets, tmp_path, monkeypatch):
  first = classifier.of(*sets, cache=str(tmp_path), steps=5)
  monkeypatch.setattr(classifier.learning, 'fit', None)
  second = classifier.of(*sets, cache=str(tmp_path), steps=5)
  assert (first.weights, first.accuracy) == (second.weights, second.accuracy)
  images = np.asarray(to_uint8(sets[1].examples(np.arange(20))['image']))
  np.testing.assert_array_equal(first.see(images).features, second.see(images).features)


def test_what_is_kept_is_made_anew_where_it_is_broken_and_for_another_key(tmp_path):
  made = []

  def make():
    made.append(1)
    return {'a': np.arange(3)}

  for _ in range(2):
    np.testing.assert_array_equal(kept.arrays(str(tmp_path), 'x', [1], make)['a'], np.arange(3))
  assert len(made) == 1
  (file,) = tmp_path.iterdir()
  file.write_bytes(file.read_bytes()[:50])
  kept.arrays(str(tmp_path), 'x', [1], make)
  kept.arrays(str(tmp_path), 'x', [2], make)
  kept.arrays('', 'x', [2], make)
  kept.arrays('/proc/nowhere', 'x', [2], make)
  assert len(made) == 5


@pytest.fixture(scope='module')
def untaught(sets):
  """A Scorer by the random network, of all measures that it can take."""
  asked = ('accuracy_score', 'augmentation_score', 'class_accuracy', 'class_fid', 'value_correlation')
  without = ('swd', 'inception_score', 'classes', 'modes', *asked)
  names = tuple(name for name in measures.MEASURES if name not in without)
  network = random.make(types.SimpleNamespace(), None, None)
  return Scorer(network, RealImages(sets[1]), names, RealImages(sets[0]))


@pytest.mark.long
def test_a_network_that_has_learned_nothing_tells_digits_from_others(untaught, sets):
  real = np.asarray(sets[0].examples(np.arange(297))['image'])
  good, bad = untaught(real).numbers, untaught(np.roll(real, 5, axis=1), quick=True).numbers
  for name in ('fid', 'kid', 'mind'):
    assert good[name] < bad[name] / 2
  for name in ('precision', 'recall', 'coverage'):
    assert good[name] > bad[name]
  assert good['precision_real'] == pytest.approx(good['precision'], abs=0.1)


def test_every_score_has_an_interval_that_holds_it(untaught, sets):
  found = untaught(np.asarray(sets[0].examples(np.arange(297))['image']))
  alone = ('nearest', 'nearest_real', 'num_images', 'floor_images', 'floor_reference')
  for name in found.numbers:
    if name not in alone and not name.endswith(('_floor', '_real')):
      low, high = found.intervals[name]
      assert low <= found.numbers[name] <= high, name


def test_copies_of_training_images_are_found(untaught, sets):
  copies = untaught(sets[0].examples(np.arange(200))['image'], quick=True).numbers
  assert copies['nearest'] < 1e-3 * copies['nearest_real']
  assert copies['closer'] > 0.95


def test_measures_that_need_classes_are_refused_by_name(sets):
  network = random.make(types.SimpleNamespace(), None, None)
  with pytest.raises(errors.UserError, match='inception_score needs a network with classes'):
    Scorer(network, RealImages(sets[1]))
  with pytest.raises(errors.UserError, match="did you mean 'fid'"):
    Scorer(network, RealImages(sets[1]), ('fdi',))


@pytest.mark.long
def test_a_classifier_learns_from_good_samples_and_not_from_mislabelled_ones(sets, monkeypatch):
  train_set, test_set = sets
  monkeypatch.setattr(teaching.classifier, 'of', functools.partial(classifier.of, steps=100))
  network = random.make(types.SimpleNamespace(), None, None)
  names = ('accuracy_score', 'augmentation_score')
  score = Scorer(network, RealImages(test_set), names, RealImages(train_set))
  some = train_set.examples(np.arange(1000))
  good = score(some['image'], {'label': np.asarray(some['label'])}, quick=True).numbers
  bad = score(some['image'], {'label': np.arange(1000) % 10}, quick=True).numbers
  assert good['accuracy_score'] > 0.9
  assert bad['accuracy_score'] < 0.3
  assert good['few_accuracy'] == bad['few_accuracy'] > 0.9
  assert good['augmented_accuracy'] > bad['augmented_accuracy']
  with pytest.raises(errors.UserError, match='needs a GAN that is asked for labels'):
    score(some['image'])


def test_moments_of_parts_are_those_of_all():
  features = np.random.default_rng(0).normal(3, 2, (101, 5))
  parts = [frechet.part_of(part) for part in (features[:40], features[40:100], features[100:])]
  count, (mean, covariance) = frechet.pooled(parts)
  assert count == 101
  np.testing.assert_allclose(mean, features.mean(0), rtol=1e-12)
  np.testing.assert_allclose(covariance, np.cov(features, rowvar=False), rtol=1e-10)


def test_the_interval_of_a_frechet_distance_holds_in_19_of_20_draws():
  """Of the distance that such a sample has on average."""
  draw = np.random.default_rng(0)
  reference, drawn = frechet.moments(draw.normal(size=(2000, 8))), lambda: draw.normal(0.3, 1.2, (400, 8))
  of = lambda count, parts: Sample(count, parts, None, None, images=lambda: None)
  real = of(2000, [(2000, reference)])
  found = []
  for _ in range(200):
    parts = [frechet.part_of(part) for part in np.array_split(drawn(), 20)]
    found.append(measures.features.fid(of(400, parts), real, True)['fid'])
  mean = np.mean([value for value, _ in found])
  held = np.mean([low <= mean <= high for _, (low, high) in found])
  assert 0.9 <= held <= 0.99
