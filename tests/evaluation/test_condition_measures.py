"""Do images show what was asked for: scores of real images, of wrong questions, and of what has no answer."""

import functools

import numpy as np
import pytest

from gan_jax import configs, data, errors
from gan_jax.evaluation import measures, readers, scoring
from gan_jax.evaluation.metrics.correlation import correlations
from gan_jax.evaluation.networks import classifier, reading
from gan_jax.evaluation.sample import Sample

KINDS = ('label', 'attributes', 'values')


@pytest.fixture(autouse=True, scope='module')
def soon():
  """A judge that learns for less long."""
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(reading, 'STEPS', 250)
    yield


@functools.cache
def splits():
  load = lambda split: data.load('games.described', 32, split=split, size=(8, 8))
  return load('train'), load('test')


def options(*names):
  fields = {'evaluate.measures': names, 'evaluate.cache': '', 'evaluate.num_images': 100}
  return configs.get('common', fields, notice=lambda _: None).evaluate


@functools.cache
def scorer():
  return scoring.make(options('class_accuracy', 'class_fid', 'value_correlation'), *splits(), KINDS)


@functools.cache
def scored(wrong=False):
  """The Scores of real images of the training split, asked for what they show, or for another's."""
  real = splits()[0].gather(np.arange(200))
  order = np.random.default_rng(0).permutation(200) if wrong else np.arange(200)
  return scorer()(np.asarray(real['image']), {kind: np.asarray(real[kind])[order] for kind in KINDS})


@pytest.mark.long
def test_real_images_show_what_they_are_asked_for():
  numbers = scored().numbers
  assert numbers['class_accuracy'] > 0.9
  assert numbers['attribute_accuracy'] > 0.9
  assert 0.3 < numbers['attribute_chance'] < 0.8
  assert numbers['value_correlation'] > 0.6
  assert {'attribute_accuracy_framed', 'value_correlation_across', 'class_fid_left_line'} <= set(numbers)
  assert {
    'class_accuracy_real',
    'attribute_accuracy_real',
    'class_fid_floor',
    'value_correlation_real',
  } <= set(numbers)
  for name in ('class_accuracy', 'attribute_accuracy', 'value_correlation', 'class_fid'):
    low, high = scored().intervals[name]
    assert low <= numbers[name] <= high


@pytest.mark.long
def test_images_of_other_questions_do_not():
  numbers = scored(wrong=True).numbers
  assert numbers['class_accuracy'] < 0.5
  assert numbers['attribute_accuracy'] == pytest.approx(numbers['attribute_chance'], abs=0.1)
  assert abs(numbers['value_correlation']) < 0.3
  assert numbers['class_fid'] > 3 * scored().numbers['class_fid']


def test_the_network_is_the_judge_of_labels_and_another_is_named_in_the_protocol():
  assert set(scored().protocol['readers']) == {'attributes', 'values'}
  train, test = splits()
  judge = classifier.of(train, test, steps=10)
  only = readers.of(judge, ('label',), options('fid'), train)
  images = np.asarray(train.gather(np.arange(30))['image'] * 0, np.uint8)
  probabilities = judge.see(images).probabilities
  read = only.read(lambda indices: images[indices], 30, ('label', 'values'), probabilities)
  assert set(read) == {'label'}
  assert read['label'] is probabilities
  assert only.protocol == {}


def test_correlations_are_those_of_numpy():
  asked, read = np.random.default_rng(0).normal(size=(2, 50, 2))
  expected = [np.corrcoef(asked[:, k], read[:, k])[0, 1] for k in range(2)]
  np.testing.assert_allclose(correlations(asked, read), expected)
  np.testing.assert_array_equal(correlations(asked, np.ones_like(read)), [0, 0])


@pytest.mark.parametrize(
  ('name', 'said'),
  [
    ('class_accuracy', 'a run that is asked for labels or attributes'),
    ('value_correlation', 'a run that is asked for real values'),
    ('class_fid', 'a run that is asked for labels'),
    ('accuracy_score', 'needs a GAN that is asked for labels'),
  ],
)
def test_what_was_not_asked_for_is_refused_in_a_line(name, said):
  bare = Sample(2, [], np.zeros((2, 3)), None, lambda: np.zeros((2, 8, 8, 1), np.uint8))
  with pytest.raises(errors.UserError, match=said):
    measures.MEASURES[name].take(bare, bare, False)


def test_missing_labels_are_left_out_of_the_judge():
  train, test = splits()
  known = {name: np.asarray(value) for name, value in train.gather(np.arange(100)).items()}
  some = train.replace(arrays=known, draw=None, size=100)
  none = {**known, 'label': np.where(np.arange(100) < 50, known['label'], -1).astype(np.int32)}
  assert classifier.of(some.replace(arrays=none), test, steps=60).accuracy > 0.5
