"""Maps into boxes and out of them: each undoes the other, with zeros outside and gradients everywhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from gan_jax.models import layers

RNG = np.random.default_rng(0)
MAPS = RNG.normal(size=(3, 4, 6, 2)).astype(np.float32)
WHOLE = np.tile(np.array([0, 0, 1, 1], np.float32), (3, 1))
PLACES = np.array([[0.25, 0.5, 0.5, 0.75], [0, 0.25, 0.25, 0.5], [0.5, 0.5, 0.75, 0.75]], np.float32)


@pytest.mark.parametrize('warp', [layers.paste, layers.crop])
def test_the_whole_map_is_itself(warp):
  np.testing.assert_allclose(warp(MAPS, WHOLE, (4, 6)), MAPS, atol=1e-6)


def test_each_undoes_the_other_on_whole_pixels_and_outside_is_zero():
  pasted = np.asarray(layers.paste(MAPS, PLACES, (16, 24)))
  np.testing.assert_allclose(layers.crop(pasted, PLACES, (4, 6)), MAPS, atol=1e-5)
  np.testing.assert_allclose(pasted[0, 4:8, 12:18], MAPS[0], atol=1e-5)
  outside = np.ones((16, 24), bool)
  outside[4:8, 12:18] = False
  assert np.all(pasted[0][outside] == 0)
  images = RNG.normal(size=(3, 16, 24, 2)).astype(np.float32)
  kept = np.asarray(layers.paste(layers.crop(images, PLACES, (4, 6)), PLACES, (16, 24)))
  np.testing.assert_allclose(kept[2, 8:12, 12:18], images[2, 8:12, 12:18], atol=1e-5)


def ramps(size):
  """Maps that rise by 1 from the top to the bottom, and from the left to the right."""
  down, right = np.meshgrid(*((np.arange(n) + 0.5) / n for n in size), indexing='ij')
  return np.stack([down, right], -1)[None].astype(np.float32)


@pytest.mark.long
def test_places_between_pixels_are_exact_where_maps_are_linear():
  """Bilinear interpolation is, so the transforms of places are seen: each the inverse of the other."""
  box = np.array([[0.13, 0.31, 0.77, 0.94]], np.float32)
  inner = ramps((8, 8))
  cropped = np.asarray(layers.crop(ramps((32, 32)), box, (8, 8)))
  np.testing.assert_allclose(cropped, box[0, :2] + inner * (box[0, 2:] - box[0, :2]), atol=1e-6)
  again = np.asarray(layers.crop(layers.paste(inner, box, (64, 64)), box, (8, 8)))
  np.testing.assert_allclose(again[:, 1:-1, 1:-1], inner[:, 1:-1, 1:-1], atol=2e-3)


def test_a_pixel_that_is_covered_in_part_is_as_much():
  box = np.array([[0.125, 0, 1, 1]], np.float32)
  pasted = np.asarray(layers.paste(np.ones((1, 2, 2, 1), np.float32), box, (4, 4)))
  np.testing.assert_allclose(pasted[0, :, 0, 0], [0.5, 1, 1, 1])


@pytest.mark.long
def test_both_have_gradients_in_maps_and_boxes():
  boxes = np.array([[0.21, 0.33, 0.68, 0.87]], np.float32)
  for warp in (layers.paste, layers.crop):
    check_grads(
      lambda maps, boxes, warp=warp: warp(maps, boxes, (5, 7)), (MAPS[:1], boxes), 1, atol=0.02, rtol=0.02
    )


@pytest.mark.long
@pytest.mark.parametrize('box', [[0.5, 0.5, 0.5, 0.5], [0.6, 0.6, 0.4, 0.4], [1.2, 1.2, 1.5, 1.5]])
def test_boxes_that_are_empty_or_outside_give_zeros_and_no_nan(box):
  boxes = jnp.array([box])
  assert np.all(np.asarray(layers.paste(MAPS[:1], boxes, (8, 8))) == 0)
  assert np.isfinite(layers.crop(MAPS[:1], boxes, (8, 8))).all()
  grads = jax.grad(lambda boxes: layers.paste(MAPS[:1], boxes, (8, 8)).sum())(boxes)
  assert np.isfinite(grads).all()


def test_spots_are_where_points_are():
  points = np.array([[[0.25, 0.75, 1], [0.5, 0.5, 0], [0.125, 0.125, 1]]], np.float32)
  maps = np.asarray(layers.spots(points, (4, 4)))[0]
  np.testing.assert_allclose(maps.sum((0, 1)), [1, 0, 1])
  np.testing.assert_allclose(maps[:2, 2:, 0], 0.25)
  assert maps[0, 0, 2] == 1
