"""Avatars with captions, boxes and numbers: what a batch says is so, and what is held out is held out."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, errors
from gan_jax.data import avatars, law, words
from gan_jax.data.avatars import phrases, places
from gan_jax.data.spec import Spec

SIZE = (32, 40)


@functools.cache
def dataset(**options):
  return data.load('avatars', 64, size=SIZE, channels=3, **options)


@functools.cache
def batch(**options):
  return jax.tree.map(np.asarray, dataset(**options).batch(0, 0))


def worded(split='train'):
  return batch(captions=True, places='wide', split=split)


def factors_of(examples):
  return {name.removeprefix('factor_'): value for name, value in examples.items() if 'factor_' in name}


def is_so(text, faces, k):
  """Whether what a text says is true of face k."""
  return all(avatars.FACTORS[name][faces[name][k]] in values for name, values in avatars.read(text).items())


@pytest.mark.long
@pytest.mark.parametrize('split', avatars.CAPTIONED_SPLITS)
def test_captions_are_true_and_the_wrong_ones_are_not(split):
  examples = worded(split)
  faces = factors_of(examples)
  for k in range(64):
    assert is_so(words.decode(examples['caption'][k]), faces, k)
    assert is_so(words.decode(examples['caption_again'][k]), faces, k)
    assert not is_so(words.decode(examples['caption_wrong'][k]), faces, k)


def test_another_caption_of_a_face_is_another_sentence():
  examples = worded()
  assert (examples['caption'] != examples['caption_again']).any(1).mean() > 0.9


@pytest.mark.long
def test_wrong_captions_may_be_wrong_in_one_thing():
  examples = batch(captions=True, places='wide', one_wrong=1.0)
  plain, faces = worded(), factors_of(examples)
  np.testing.assert_array_equal(examples['caption'], plain['caption'])
  wrong, several = set(), 0
  for k in range(64):
    told = avatars.read(words.decode(examples['caption_wrong'][k]))
    false = [name for name, values in told.items() if avatars.FACTORS[name][faces[name][k]] not in values]
    assert len(false) == 1 or (len(false) == 2 and 'hat' in false)  # where a combination is held out
    wrong |= set(false)
    several += len(false) > 1
  assert several < 5
  assert len(wrong) > 5
  held_out = batch(captions=True, places='wide', split='test', one_wrong=1.0)
  np.testing.assert_array_equal(held_out['caption_wrong'], worded('test')['caption_wrong'])


def test_no_one_fact_gives_wrong_captions_away():
  """Else a D would learn to read that one alone."""
  examples = worded()
  faces = factors_of(examples)
  wrong = [avatars.read(words.decode(caption)) for caption in examples['caption_wrong']]
  for name in ('hair_colour', 'hair_style', 'mouth'):
    told = [(k, some[name]) for k, some in enumerate(wrong) if name in some]
    false = np.mean([avatars.FACTORS[name][faces[name][k]] not in values for k, values in told])
    assert 0.1 < false < 0.97, name


def has(faces, looks):
  return np.all([faces[name] == avatars.FACTORS[name].index(value) for name, value in looks.items()], 0)


@pytest.mark.long
@pytest.mark.parametrize('split', avatars.CAPTIONED_SPLITS)
def test_combinations_that_are_held_out_are_in_their_split_alone(split):
  examples = dataset(captions=True, places='wide', split=split, one_wrong=1.0).draw(np.arange(640))
  faces = jax.tree.map(np.asarray, avatars.factors_of(examples))
  found = [has(faces, looks) for looks in phrases.HELD_OUT_FACES]
  if split == 'combinations':
    assert np.any(found, 0).all()
    assert all(some.mean() > 0.2 for some in found)
  else:
    assert not np.any(found)
    # nor are they told of in captions that are false: these combinations are words that were not read before
    wrong = [avatars.read(words.decode(caption)) for caption in examples['caption_wrong']]
    is_told = lambda said, looks: all(set(said.get(name, ())) == {value} for name, value in looks.items())
    told = [is_told(said, looks) for said in wrong for looks in phrases.HELD_OUT_FACES]
    assert not any(told)


def test_what_a_caption_tells_of_the_attributes():
  examples = worded()
  names = list(avatars.ATTRIBUTES)
  for caption, tells in zip(examples['caption'], examples['caption_tells'], strict=True):
    said = avatars.read(words.decode(caption))
    assert tells[names.index('red_hair')] == 1  # whether it is red or not
    assert tells[names.index('glasses')] == ('glasses' in said)
    assert tells[names.index('smile')] == ('mouth' in said)


def test_boxes_and_keypoints_are_where_things_are_drawn():
  examples = worded()
  faces = factors_of(examples)
  drawn = jax.jit(jax.vmap(lambda face: avatars.boxes(face, SIZE)))
  bare = {name: 0 * faces[name] for name in ('hair_style', 'hat', 'glasses', 'eye_shape')}
  seen = jax.tree.map(np.asarray, drawn({**faces, **bare}))
  top, left, bottom, right = seen['face'].T
  ears = np.array(places.HEAD)[3] - 0.19
  one = 1.5 / np.array(SIZE)  # pixels
  assert np.all(np.abs(examples['box'][:, 0] - top) < one[0])
  assert np.all(np.abs(examples['box'][:, 2] - bottom) < one[0])
  aside = ears * faces['scale'] * min(SIZE) / SIZE[1]
  np.testing.assert_allclose(examples['box'][:, 3] - right, aside, atol=1.5 * one[1])
  np.testing.assert_allclose(left - examples['box'][:, 1], aside, atol=1.5 * one[1])
  points = dict(zip(places.KEYPOINTS, examples['keypoints'].swapaxes(0, 1), strict=True))
  for name in ('left eye', 'right eye'):
    y, x, visible = points[name].T
    assert visible.all()
    inside = (y > seen['eyes'][:, 0] - one[0]) & (y < seen['eyes'][:, 2] + one[0])
    assert (inside & (x > seen['eyes'][:, 1] - one[1]) & (x < seen['eyes'][:, 3] + one[1])).all()
  assert (points['left eye'][:, 1] < points['nose'][:, 1]).all()
  assert (points['nose'][:, 0] < points['chin'][:, 0]).all()
  has_hat = faces['hat'] > 0
  np.testing.assert_array_equal(points['hat top'][:, 2] > 0, has_hat & (points['hat top'][:, 0] > 0))


def test_wide_faces_stand_anywhere_with_the_whole_head_in_the_picture():
  examples = worded()
  top, left, bottom, right = examples['box'].T
  middle = (left + right) / 2
  assert middle.min() < 0.4
  assert middle.max() > 0.6
  assert (bottom - top).max() > 1.6 * (bottom - top).min()
  assert (top > 0).all()
  assert (left > 0).all()
  assert (bottom < 1).all()
  assert (right < 1).all()


@pytest.mark.parametrize(('where', 'shift', 'scale'), [('wide', 0.25, 0.5), ('near', 0.12, 0.8)])
def test_values_are_scaled_from_their_ranges(where, shift, scale):
  names = ('shift_x', 'scale', 'hue')
  examples, spec = batch(values=names, places=where), dataset(values=names, places=where).spec()
  assert spec.value_ranges == (('shift_x', -shift, shift), ('scale', scale, 1.2), ('hue', 0.0, 1.0))
  assert Spec.from_json(spec.to_json()) == spec
  for k, (name, low, high) in enumerate(spec.value_ranges):
    scaled = examples['values'][:, k]
    np.testing.assert_allclose(low + (scaled + 1) / 2 * (high - low), examples[f'factor_{name}'], atol=1e-6)
    assert scaled.std() > 0.3
    assert np.abs(scaled).max() <= 1 + 1e-6


@pytest.mark.long
def test_a_hue_colours_the_background():
  face = avatars.sample_factors(jax.random.key(0))
  colours = [np.asarray(avatars.draw({**face, 'hue': jnp.float32(hue)}, SIZE))[0, 0] for hue in (0, 1 / 3, 1)]
  assert colours[0].argmax() == 0
  assert colours[1].argmax() == 1
  np.testing.assert_allclose(colours[0], colours[2], atol=1e-6)


@pytest.mark.long
def test_narrow_faces_are_the_same_whatever_else_is_given():
  plain, more = batch(), batch(values=('shift_x', 'scale'))
  assert set(more) == set(plain) | {'values'}
  for name, value in plain.items():
    if value.dtype.kind == 'i':
      np.testing.assert_array_equal(value, more[name])
    else:
      np.testing.assert_allclose(value, more[name], atol=1e-6)


def test_a_run_keeps_rows_of_the_law():
  faces = dataset(captions=True, places='wide', split='train')
  text = faces.spec(conditions=True).law
  rows, chosen = law.decode(text), law.some(faces.size)[:64]
  assert set(rows) == {'label', 'attributes', 'caption', 'box', 'keypoints'}
  assert {len(values) for values in rows.values()} == {min(law.MOST, faces.size)}
  assert len(text) < 200_000
  drawn = faces.draw(chosen)
  np.testing.assert_array_equal(rows['caption'][:64], drawn['caption'])
  np.testing.assert_allclose(rows['box'][:64], drawn['box'], atol=1e-3)


@pytest.mark.parametrize(
  ('options', 'said'),
  [
    ({'split': 'phrasings'}, 'data.split=phrasings is of captions: set data.captions=True'),
    ({'places': 'wid'}, "did you mean 'wide'"),
    ({'values': ('shift_z',)}, "did you mean 'shift_"),
    ({'values': ('hue',), 'captions': True}, 'leave hue out of data.values'),
  ],
)
def test_what_cannot_be_given_is_told_in_one_line(options, said):
  with pytest.raises(errors.UserError, match=said):
    data.load('avatars', 4, size=SIZE, channels=3, **options)
