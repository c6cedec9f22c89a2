"""Stacks of grey images: their labels are those of their channels, and each is a function of its index."""

import collections

import jax
import numpy as np
import pytest

from gan_jax import data, errors
from gan_jax.data import stacked
from gan_jax.data.dataset import to_uint8
from gan_jax.evaluation.real import RealImages


def load(split='train', **options):
  given = {'of': 'digits', 'size': (8, 8), 'channels': 3, 'split': split, **options}
  return data.load('stacked', batch_size=32, **given)


def whose(dataset):
  """{bytes of a grey image: its label}."""
  grey = dataset.grey.arrays
  return {image.tobytes(): label for image, label in zip(grey['image'], grey['label'], strict=True)}


@pytest.mark.parametrize('split', ['train', 'test'])
def test_a_label_is_made_of_the_labels_of_the_channels(split):
  dataset = load(split)
  known, batch = whose(dataset), dataset.batch(0, 5)
  images = np.asarray(to_uint8(batch['image']))
  assert images.shape == (32, 8, 8, 3)
  for image, label in zip(images, np.asarray(batch['label']), strict=True):
    digits = [known[np.ascontiguousarray(image[..., channel]).tobytes()] for channel in range(3)]
    assert label == digits[0] + 10 * digits[1] + 100 * digits[2]
    assert dataset.label_names[label] == '-'.join(map(str, digits))


def test_a_stack_is_a_function_of_the_split_and_its_index():
  first, again, other = load().examples([7, 2**29, 3]), load().examples([3, 7]), load('test').examples([3])
  np.testing.assert_array_equal(first['image'][2], again['image'][0])
  np.testing.assert_array_equal(first['image'][0], again['image'][1])
  assert (first['image'][2] != other['image'][0]).any()


def test_a_batch_is_a_function_of_the_seed_and_the_step_compiled_or_not():
  dataset = load()
  compiled = jax.jit(lambda dataset, seed, index: dataset.batch(seed, index))
  one, two = compiled(dataset, 3, 8), dataset.batch(3, 8)
  np.testing.assert_array_equal(one['label'], two['label'])
  np.testing.assert_allclose(one['image'], two['image'], atol=2e-7)  # another program rounds anew
  assert (one['label'] != compiled(dataset, 4, 8)['label']).any()
  members = jax.jit(jax.vmap(dataset.batch, (0, None)))(np.array([4, 3]), 8)
  np.testing.assert_array_equal(members['label'][1], one['label'])


def test_channels_are_uniform_and_independent():
  """Chi-squared of the thousand triples of ten images: 999 +- 6 deviations of 45."""
  found = np.asarray(stacked.parts(np.arange(20_000), stream=1, size=10))
  counts = collections.Counter(map(tuple, found.tolist()))
  chi = sum((counts[a, b, c] - 20) ** 2 / 20 for a in range(10) for b in range(10) for c in range(10))
  assert abs(chi - 999) < 6 * 45


def test_a_fixed_set_comes_once_an_epoch_and_is_the_beginning_of_the_endless_one():
  fixed, endless = load(num_images=64), load()
  epoch = np.concatenate([fixed.batch(0, index)['label'] for index in (0, 1)])
  np.testing.assert_array_equal(np.sort(epoch), np.sort(fixed.examples(np.arange(64))['label']))
  np.testing.assert_array_equal(
    fixed.examples(np.arange(64))['image'], endless.examples(np.arange(64))['image']
  )


def test_some_of_an_endless_set_stand_for_it():
  """Without an order of all of it in memory."""
  real = RealImages(load('test'), 40)
  assert real.count == 40
  assert real.images(np.arange(40)).shape == (40, 8, 8, 3)
  np.testing.assert_array_equal(real.values('label'), load('test').examples(np.arange(40))['label'])


def test_the_spec_tells_a_thousand_classes_and_their_law():
  spec = load().spec(conditions=True)
  assert spec.num_classes == 1000
  assert spec.shape('image') == (8, 8, 3)
  assert load().conditions()['label'].max() > 99


@pytest.mark.parametrize(
  ('options', 'said'),
  [
    ({'channels': 1}, r'set data\.channels=3'),
    ({'of': 'gan_jax.data.toy'}, 'no labels'),
    ({'of': 'digit'}, 'digits'),
  ],
)
def test_what_cannot_be_stacked_is_refused(options, said):
  with pytest.raises(errors.UserError, match=said) as error:
    load(**options)
  assert '\n' not in str(error.value)
