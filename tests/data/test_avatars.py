"""Avatars: every picture and every description follows from the factors, and from nothing else."""

import functools

import jax
import ml_collections
import numpy as np
import pytest

from gan_jax import errors
from gan_jax.configs.fields import defaults
from gan_jax.data import avatars

SIZE, LARGE = (48, 60), (192, 240)
COUNT = 40  # of the faces that every test looks at, so that all share one compilation
COLOURS = ('skin', 'hair_colour', 'eye_colour', 'outfit', 'background')
EYES = {'eyes', 'irises', 'pupils'}
# The parts that a factor may change: those it colours or shapes, and those that they uncover.
BELONGS = {
  'skin': {'face', 'ears', 'neck', 'nose'},
  'hair_style': {'hair'},
  'hair_colour': {'hair', 'brows'},
  'eye_shape': EYES,
  'eye_colour': {'irises'},
  'mouth': {'lips', 'mouth', 'teeth'},
  'hat': {'hat', 'hair'},
  'outfit': {'shirt', 'hat'},
  'background': {'background'},
}


@functools.cache
def jitted(name, size):
  return jax.jit(jax.vmap(lambda face: getattr(avatars, name)(face, size)))


def show(name, faces, size=SIZE):
  return jax.tree.map(np.asarray, jitted(name, size)(faces))


@functools.cache
def many_faces():
  return jax.jit(jax.vmap(avatars.sample_factors))(jax.random.split(jax.random.key(0), 4000))


def some_faces():
  return {name: values[:COUNT] for name, values in many_faces().items()}


def options(**changes):
  shared = {'split': 'train', 'size': SIZE, 'channels': 3, 'flip': False}
  return ml_collections.ConfigDict({**defaults(avatars.OPTIONS), **shared, **changes})


def variants(factor):
  """The faces once with each value of a factor: [(value, faces)]."""
  return [(value, avatars.with_factor(some_faces(), factor, value)) for value in avatars.FACTORS[factor]]


def where_seen(parts, faces):
  """Pixels [B, H, W] that any of these parts touches, or that are next to one: found at 4 times the size."""
  labels = show('segmentation', faces, LARGE)
  seen = np.isin(labels, [avatars.PARTS.index(part) for part in parts])
  seen = np.pad(seen.reshape(-1, 48, 4, 60, 4).any((2, 4)), ((0, 0), (1, 1), (1, 1)))
  return np.any([seen[:, i : i + 48, j : j + 60] for i in range(3) for j in range(3)], axis=0)


def changed_pixels(before, after):
  # Where two edges meet within a pixel, 10% of what is under them may shine through.
  return abs(show('draw', after) - show('draw', before)).max(-1) > 0.2


def test_factors_are_equally_likely_and_in_range():
  faces = many_faces()
  for name, values in avatars.FACTORS.items():
    counts = np.bincount(faces[name], minlength=len(values))
    assert len(counts) == len(values)
    assert abs(counts * len(values) / 4000 - 1).max() < 0.2
  for name, (low, high) in avatars.RANGES.items():
    assert low <= faces[name].min() < faces[name].max() <= high


@pytest.mark.parametrize(('name', 'channels'), [('draw', 3), ('segmentation_image', 3), ('edges', 1)])
def test_pictures_of_any_size_are_in_range(name, channels):
  images = show(name, some_faces())
  assert images.shape == (COUNT, *SIZE, channels)
  assert images.dtype == np.float32
  assert images.min() >= -1 - 1e-6
  assert images.max() <= 1 + 1e-6


def test_a_wide_picture_shows_more_background_and_the_same_face():
  faces = some_faces()
  square = show('edges', faces, (48, 48))
  np.testing.assert_allclose(show('edges', faces)[:, :, 6:-6], square, atol=1e-4)


def test_a_small_picture_is_a_large_one_reduced():
  faces = some_faces()
  reduced = show('edges', faces, LARGE).reshape(COUNT, 48, 4, 60, 4, 1).mean((2, 4))
  difference = abs(reduced - show('edges', faces))
  assert difference.mean() < 0.03
  assert (difference > 0.8).mean() < 0.002


@pytest.mark.long
@pytest.mark.parametrize('factor', sorted(BELONGS))
def test_a_factor_changes_only_what_belongs_to_it(factor):
  (_, before), *others = variants(factor)
  for _, after in others:
    allowed = where_seen(BELONGS[factor], before) | where_seen(BELONGS[factor], after)
    assert not (changed_pixels(before, after) & ~allowed).any()


@pytest.mark.long
def test_glasses_change_only_their_surroundings():
  (_, before), *others = variants('glasses')
  for _, after in others:
    changed = changed_pixels(before, after)
    boxes = show('boxes', after)['glasses']
    pixel_boxes = np.round(boxes * np.array([*SIZE, *SIZE])).astype(int)
    for pixels, (top, left, bottom, right) in zip(changed, pixel_boxes, strict=True):
      pixels[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1] = False
    assert not changed.any()


@pytest.mark.parametrize('factor', sorted(avatars.FACTORS))
@pytest.mark.parametrize('name', ['draw', 'segmentation_image'])
def test_every_value_can_be_seen_in_every_face(name, factor):
  images = [show(name, faces) for _, faces in variants(factor)]
  for i, image in enumerate(images):
    for other in images[:i]:
      assert ((abs(image - other).max(-1) > 0.05).sum((1, 2)) >= 2).all()


@pytest.mark.parametrize('factor', COLOURS)
def test_edges_know_no_colours(factor):
  (_, before), *_, (_, after) = variants(factor)
  np.testing.assert_array_equal(show('edges', before), show('edges', after))


def test_segmentation_image_has_one_colour_a_part():
  faces = some_faces()
  labels, images = show('segmentation', faces), show('segmentation_image', faces)
  for label, image in zip(labels, images, strict=True):
    for part in set(label.ravel()) - {avatars.PARTS.index('hat')}:  # its brim is lighter than its dome
      assert len(np.unique(image[label == part], axis=0)) == 1


def test_boxes_hold_what_they_name():
  faces = some_faces()
  boxes = show('boxes', faces)
  for name, box in boxes.items():
    top, left, bottom, right = np.asarray(box).T
    present = bottom > 0
    assert (((top < bottom) & (left < right)) == present).all()
    if name in ('glasses', 'hat'):
      np.testing.assert_array_equal(present, faces[name] > 0)
    else:
      assert present[faces['hair_style'] > 0].all()
  assert (boxes['face'][:, :2] <= boxes['mouth'][:, :2]).all()
  assert (boxes['face'][:, 2:] >= boxes['mouth'][:, 2:]).all()


def test_boxes_move_with_the_face():
  faces = avatars.with_factor(some_faces(), 'shift_x', 0.0)
  moved = avatars.with_factor(faces, 'shift_x', 3 / 48)
  before, after = show('boxes', faces), show('boxes', moved)
  for name in ('face', 'eyes', 'mouth'):
    np.testing.assert_allclose(after[name] - before[name], [[0, 3 / 60, 0, 3 / 60]] * COUNT, atol=1e-6)


@pytest.mark.long
def test_boxes_are_tight():
  faces = some_faces()
  for name, kinds in avatars.BOXES.items():
    seen = where_seen(kinds, faces)  # wider than what is seen, by one or two pixels
    for box, mask in zip(show('boxes', faces)[name], seen, strict=True):
      rows, columns = np.nonzero(mask)
      if len(rows):
        loose = np.array(
          [rows.min() / 48, columns.min() / 60, (rows.max() + 1) / 48, (columns.max() + 1) / 60]
        )
        assert abs(box - loose).max() < 3 / 48


@pytest.mark.long
def test_examples_are_a_function_of_split_and_index():
  train, more, test = (
    avatars.make(options(**changes), 4) for changes in ({}, {'num_images': 50}, {'split': 'test'})
  )
  first, again, other = (data.examples(range(COUNT))['image'] for data in (train, more, test))
  np.testing.assert_array_equal(first, again)
  assert abs(first - other).max((1, 2, 3)).min() > 0.1
  assert (train.size, more.size, test.size) == (10_000, 50, 1000)


def test_batches_hold_the_truth_about_their_images():
  data = avatars.make(options(), COUNT)
  batch = data.batch(0, 3)
  faces = avatars.factors_of(batch)
  assert batch['image'].shape == (COUNT, *data.image_shape) == (COUNT, *SIZE, 3)
  np.testing.assert_allclose(batch['image'], show('draw', faces), atol=1e-4)
  np.testing.assert_array_equal(batch['label'], faces['hair_style'])
  assert data.label_names == avatars.FACTORS['hair_style']
  for name, factor, values in (('red_hair', 'hair_colour', ['red']), ('smile', 'mouth', ['smile', 'grin'])):
    has = batch['attributes'][:, data.attribute_names.index(name)]
    np.testing.assert_array_equal(has, np.isin(np.array(avatars.FACTORS[factor])[faces[factor]], values))


@pytest.mark.parametrize(
  ('changes', 'message'),
  [
    ({'channels': 1}, 'data.channels=3'),
    ({'flip': True}, 'data.flip=False'),
    ({'split': 'validation'}, 'data.split'),
    ({'label': 'hair'}, 'data.label'),
    ({'num_images': 0}, 'data.num_images'),
  ],
)
def test_impossible_options_are_refused(changes, message):
  with pytest.raises(errors.UserError, match=message):
    avatars.make(options(**changes), 4)
