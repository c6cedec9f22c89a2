"""What is known of data without having them, and what comes back from a run that stored it."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import configs, data, errors
from gan_jax.data.dataset import Dataset
from gan_jax.data.spec import Spec

KINDS = {'image': ((4, 8, 6, 3), 'float32'), 'label': ((4,), 'int32'), 'video': ((4, 5, 8, 6, 1), 'bfloat16')}
SPEC = Spec(
  {name: jax.ShapeDtypeStruct(*kind) for name, kind in KINDS.items()},
  view='points',
  label_names=('cat', 'dog'),
  vocabulary=('a', 'b', 'c'),
  sample_rate=16_000.0,
)


@pytest.mark.parametrize('name', ['dcgan_digits:test', 'toy_ring:test', 'pix2pix:test', 'stargan:test'])
def test_a_datasets_spec_is_that_of_its_batches(name):
  config = configs.get(name)
  dataset = data.make(config)
  spec = dataset.spec()
  batch = jax.jit(lambda dataset: dataset.batch(0, 0))(dataset)
  assert {k: (v.shape, v.dtype) for k, v in spec.batch.items()} == {
    k: (v.shape, v.dtype) for k, v in batch.items()
  }
  assert spec.label_names == dataset.label_names
  assert spec.attribute_names == dataset.attribute_names
  assert spec.view == ('points' if name == 'toy_ring:test' else 'images')
  assert spec.shape('image') == dataset.image_shape
  assert Spec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_other_facts_are_those_that_the_dataset_states():
  arrays = {'sound': np.zeros((6, 100), np.float32)}
  spec = Dataset(arrays, 6, 2, (100,), facts=(('sample_rate', 8_000.0), ('vocabulary', ('a',)))).spec()
  assert (spec.sample_rate, spec.vocabulary, spec.view) == (8_000.0, ('a',), 'images')
  assert spec.shape('sound') == (100,)


def test_json_and_back():
  assert Spec.from_json(json.loads(json.dumps(SPEC.to_json()))) == SPEC
  assert SPEC.num_classes == 2


def test_facts_of_other_versions_are_at_their_defaults_or_left_out():
  record = SPEC.to_json()
  del record['view'], record['vocabulary']
  expected = dataclasses.replace(SPEC, view='images', vocabulary=())
  assert Spec.from_json({**record, 'smell': 'sweet'}) == expected


def test_what_the_data_lack_is_named_with_the_remedy():
  assert 'image' in SPEC
  assert 'attributes' not in SPEC
  with pytest.raises(errors.UserError, match=r"'attributes' .*have image, label, video: set data\.name"):
    SPEC.shape('attributes')
  with pytest.raises(errors.UserError, match=r'set data\.name, or data\.attribute_table of a folder'):
    SPEC.shape('attributes')
  with pytest.raises(errors.UserError, match=r'labelled data: set data\.name'):
    _ = dataclasses.replace(SPEC, label_names=()).num_classes


@pytest.mark.parametrize('size', [None, 7])
def test_shapes_and_zeros_of_any_size(size):
  like, zeros = SPEC.like(size), SPEC.zeros(size)
  assert set(like) == set(zeros) == set(KINDS)
  for name, ((count, *shape), dtype) in KINDS.items():
    assert like[name] == jax.ShapeDtypeStruct((size or count, *shape), dtype)
    assert zeros[name].shape == like[name].shape
    assert zeros[name].dtype == jnp.dtype(dtype)
    assert not zeros[name].any()


@pytest.mark.parametrize(
  'change',
  [
    {'batch': []},
    {'batch': {'image': 3}},
    {'batch': {'image': [[4, -1], 'float32']}},
    {'batch': {'image': [[4, 8.5], 'float32']}},
    {'batch': {'image': [[4, 8], 'floats']}},
    {'label_names': 'cat'},
    {'view': ['points']},
    {'size': 3.5},
    {'label_names': ['cat', 3]},
    {'value_ranges': [['age', 'low', 3]]},
  ],
)
def test_what_is_no_spec_is_refused(change):
  with pytest.raises((ValueError, TypeError, AttributeError)):
    Spec.from_json({**SPEC.to_json(), **change})
