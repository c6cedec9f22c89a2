"""The embedded digits: splits, classes, sizes."""

import numpy as np
import pytest
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.data import digits


def make_digits(split, **fields):
  options = {'split': split, 'size': (8, 8), 'channels': 1, 'flip': False, **fields}
  return digits.make(ConfigDict(options), batch_size=64)


def test_digits_have_all_classes_and_their_splits_are_disjoint():
  splits = {split: make_digits(split) for split in ('train', 'test')}
  assert {split: dataset.size for split, dataset in splits.items()} == {'train': 1500, 'test': 297}
  for dataset in splits.values():
    assert set(dataset.arrays['label'].tolist()) == set(range(10))
    assert dataset.label_names == tuple('0123456789')
  train, test = ({image.tobytes() for image in dataset.arrays['image']} for dataset in splits.values())
  assert not train & test


def test_digits_at_another_size_fill_the_range():
  dataset = make_digits('train', size=(16, 12))
  images = dataset.examples(np.arange(64))['image']
  assert images.shape == (64, 16, 12, 1)
  assert dataset.image_shape == (16, 12, 1)
  assert (images.min(), images.max()) == (-1, 1)
  assert images[:, :, 0].mean() < images[:, :, 6].mean() - 0.5  # dark borders, bright strokes


def test_digits_have_two_splits():
  with pytest.raises(errors.UserError, match="did you mean 'test'"):
    make_digits('tset')


def test_digits_are_grey():
  with pytest.raises(errors.UserError, match=r'set data\.channels=1'):
    make_digits('train', channels=3)
