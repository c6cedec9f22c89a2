"""A judge that tells digits from noise, and scores that are known."""

import dataclasses

import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest

from gan_jax import errors
from gan_jax.data import digits
from gan_jax.data.dataset import Dataset
from gan_jax.evaluation import classifier
from gan_jax.evaluation import judge as judges


def test_inception_score_of_known_probabilities():
  np.testing.assert_allclose(judges.inception_score(np.eye(7)), 7)  # sure, and all classes
  np.testing.assert_allclose(judges.inception_score(np.eye(7)[[2] * 9]), 1)  # sure, and one class
  np.testing.assert_allclose(judges.inception_score(np.full((9, 7), 1 / 7)), 1)  # unsure
  attributes = np.eye(2)[np.array([[0, 1], [1, 1]])]  # one attribute varies, the other does not
  np.testing.assert_allclose(judges.inception_score(attributes), np.sqrt(2))


def test_coverage_wants_half_of_the_real_share():
  real = np.array([0.2, 0.4, 0.4, 0.0])
  assert judges.classes_covered(real, real) == 3
  assert judges.classes_covered(np.array([0.1, 0.7, 0.2, 0]), real) == 3
  assert judges.classes_covered(np.array([0.09, 0.91, 0, 0]), real) == 1
  assert judges.classes_covered(np.array([0, 0, 0, 1.0]), real) == 0


@pytest.fixture(scope='module')
def digits_sets():
  make = lambda split: digits.make(
    ml_collections.ConfigDict(dict(split=split, size=(16, 16), channels=1, flip=False)), 64
  )
  return make('train'), make('test')


@pytest.fixture(scope='module')
def judge(digits_sets):
  return judges.train(*digits_sets)


def test_judge_knows_digits(judge):
  assert judge.accuracy >= 0.94


def test_judge_tells_digits_from_noise(judge, digits_sets):
  real = digits_sets[0].examples(np.arange(300))['image']
  good = judges.score(judge, real)
  noise = judges.score(judge, np.random.default_rng(0).uniform(-1, 1, real.shape).astype(np.float32))
  assert good['fid'] < 2 * good['fid_floor']
  assert noise['fid'] > 8 * noise['fid_floor']
  assert good['inception_score'] > 9
  assert noise['inception_score'] < 5
  assert good['confidence'] > 0.95 > noise['confidence']
  assert good['classes_covered'] == good['num_classes'] == 10
  assert abs(good['class_entropy'] - np.log(10)) < 0.05
  assert {type(value) for value in good.values()} == {float, int}


def test_the_test_digits_themselves_are_at_no_distance(judge, digits_sets):
  scores = judges.score(judge, digits_sets[1].examples(np.arange(297))['image'])
  assert scores['fid'] < 1e-3 * scores['fid_floor']
  assert scores['inception_score'] == pytest.approx(scores['inception_score_real'])


def test_a_missing_class_is_missed(judge, digits_sets):
  examples = digits_sets[0].examples(np.arange(600))
  scores = judges.score(judge, examples['image'][examples['label'] != 3])
  assert scores['classes_covered'] == 9
  assert scores['class_entropy'] == pytest.approx(np.log(9), abs=0.05)
  collapsed = judges.score(judge, examples['image'][examples['label'] == 3])
  assert collapsed['classes_covered'] == 1
  assert collapsed['fid'] > scores['fid'] > collapsed['fid_floor'] / 10


def test_batches_do_not_matter(judge, digits_sets):
  images = np.asarray(digits_sets[1].examples(np.arange(297))['image'])
  features, probabilities = judge.features_and_probabilities(images)  # 250, and 47 filled up
  assert features.shape == (297, 64)
  assert probabilities.shape == (297, 10)
  np.testing.assert_allclose(probabilities.sum(-1), 1, rtol=1e-5)
  for part in (slice(1), slice(240, 297)):
    np.testing.assert_allclose(judge.features_and_probabilities(images[part])[0], features[part], atol=1e-4)


def test_one_shape_alone_is_compiled(judge):
  shapes = []
  look = lambda images: shapes.append(images.shape) or judge.look(images)
  dataclasses.replace(judge, look=look).features_and_probabilities(np.zeros((501, 16, 16, 1), np.float32))
  assert shapes == [(judges.BATCH, 16, 16, 1)] * 3


@pytest.mark.parametrize(
  ('images', 'message'),
  [
    (np.zeros((4, 28, 28, 1)), r'\(16, 16, 1\), not \(28, 28, 1\)'),
    (np.zeros((1, 16, 16, 1)), '1 images are too few'),
    (np.full((4, 16, 16, 1), np.nan), 'not finite'),
  ],
)
def test_images_that_cannot_be_judged(judge, images, message):
  with pytest.raises(errors.UserError, match=message):
    judges.score(judge, images)


def draw_bars(indices):
  """4x4x3 images whose halves are bright or dark: the two attributes."""
  attributes = jnp.stack([indices % 2, indices // 2 % 2], -1).astype(jnp.float32)
  image = jnp.zeros((len(indices), 4, 4, 3)).at[:, :2].add(attributes[:, :1, None, None])
  image = image.at[:, 2:].add(attributes[:, 1:, None, None])
  noise = jnp.sin(indices[:, None] * jnp.arange(1, 4 * 4 * 3 + 1)).reshape(image.shape)
  return {'image': image - 0.5 + 0.3 * noise, 'attributes': attributes}


def bars(attribute_names=('top', 'bottom')):
  return Dataset({}, 400, 8, (4, 4, 3), draw=draw_bars, attribute_names=attribute_names)


def test_judge_by_attributes_is_the_same_for_a_seed():
  images = bars().examples(jnp.arange(0, 400, 2))['image']  # the top is always dark
  first, second = (
    judges.score(judges.train(bars(), bars(), 3, steps=30, batch_size=64), images) for _ in range(2)
  )
  assert first == second
  assert first['judge_accuracy'] > 0.95
  assert (first['classes_covered'], first['num_classes']) == (3, 4)
  assert first['class_entropy'] == pytest.approx(np.log(2) / 2, abs=0.02)


def test_data_without_labels_are_refused():
  with pytest.raises(errors.UserError, match='labels or attributes'):
    judges.train(bars(()), bars(()))


def test_shifts_move_by_one_pixel():
  image = jnp.arange(12.0).reshape(1, 3, 4, 1)
  np.testing.assert_array_equal(classifier.shifted(image, (1, 1)), image)
  np.testing.assert_array_equal(classifier.shifted(image, (2, 1))[:, :-1], image[:, 1:])
  np.testing.assert_array_equal(classifier.shifted(image, (1, 0))[:, :, 1:], image[:, :, :-1])
