"""Warps and recolourings: identities are exact, whole-pixel ones move pixels, and compositions agree."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from gan_jax.gans.parts import colors, warps

ONE = jnp.ones(1)
IMAGE = jax.random.normal(jax.random.key(0), (1, 5, 7, 3))
SQUARE = jax.random.normal(jax.random.key(0), (1, 6, 6, 2))


def test_the_identity_changes_no_bit():
  np.testing.assert_array_equal(warps.warp(IMAGE, jnp.eye(3)[None]), IMAGE)
  np.testing.assert_array_equal(colors.recolor(IMAGE, jnp.eye(4)[None]), IMAGE)


@pytest.mark.long
def test_mirrors_and_quarter_turns_are_exact():
  np.testing.assert_array_equal(warps.warp(IMAGE, warps.scaled(-ONE, ONE)), IMAGE[:, :, ::-1])
  for quarters in range(4):
    turned = warps.warp(SQUARE, warps.turned(jnp.array([quarters])))
    np.testing.assert_array_equal(turned, jnp.rot90(SQUARE, -quarters, (1, 2)))
    close = warps.rotated(jnp.array([quarters * jnp.pi / 2]))
    np.testing.assert_allclose(close, warps.turned(jnp.array([quarters])), atol=1e-6)


@pytest.mark.parametrize(('right', 'down'), [(2, 0), (0, -3), (-4, 1), (20, -9)])
def test_moves_bring_in_the_reflection(right, down):
  """That of numpy's padding, which does not repeat the edge; a move may be longer than the image."""
  padded = np.pad(IMAGE, [(0, 0), (20, 20), (20, 20), (0, 0)], mode='reflect')
  wanted = padded[:, 20 - down : 25 - down, 20 - right : 27 - right]
  np.testing.assert_array_equal(warps.warp(IMAGE, warps.moved(right * ONE, down * ONE)), wanted)


def test_between_pixels_it_is_bilinear():
  moved = warps.warp(IMAGE, warps.moved(-0.25 * ONE, 0.5 * ONE))
  right = 0.75 * IMAGE + 0.25 * jnp.roll(IMAGE, -1, 2)
  wanted = 0.5 * right + 0.5 * jnp.roll(right, 1, 1)
  np.testing.assert_allclose(moved[:, 1:, :-1], wanted[:, 1:, :-1], atol=1e-6)


def test_a_plane_stays_a_plane():
  """Of a linear image any map within it gives the exact value: what is seen at a place is known."""
  down, right = jnp.meshgrid(jnp.arange(-8.0, 9), jnp.arange(-8.0, 9), indexing='ij')
  plane = (2 * right - 3 * down)[None, :, :, None]
  angle, factor = 0.7, 1.4
  maps = warps.composed(warps.scaled(factor * ONE, factor * ONE), warps.rotated(angle * ONE))
  x = (right * np.cos(angle) + down * np.sin(angle)) / factor
  y = (-right * np.sin(angle) + down * np.cos(angle)) / factor
  inner = slice(4, 13)
  np.testing.assert_allclose(
    warps.warp(plane, maps)[0, inner, inner, 0], (2 * x - 3 * y)[inner, inner], atol=1e-4
  )


def test_maps_are_composed_in_the_order_of_the_changes():
  turned, moved = warps.turned(jnp.array([1])), warps.moved(ONE, 2 * ONE)
  one_by_one = warps.warp(warps.warp(SQUARE, turned), moved)
  np.testing.assert_array_equal(
    warps.warp(SQUARE, warps.composed(turned, moved))[:, 2:, 1:], one_by_one[:, 2:, 1:]
  )


@pytest.mark.long
def test_gradients_of_any_order_pass_through():
  maps = warps.composed(warps.rotated(0.3 * ONE), warps.scaled(1.3 * ONE, 0.8 * ONE))
  check_grads(lambda image: warps.warp(jnp.asarray(image), maps) ** 2, (SQUARE,), order=2, rtol=1e-2)


def test_single_pixels_stay():
  np.testing.assert_array_equal(warps.warp(IMAGE[:, :1, :1], warps.moved(0.3 * ONE, ONE)), IMAGE[:, :1, :1])


def test_recolourings_in_closed_form():
  red, green, blue = np.asarray(IMAGE).transpose(3, 0, 1, 2)
  mean = ((red + green + blue) / 3)[..., None]
  for maps, wanted in (
    (colors.brighter(0.3 * ONE), IMAGE + 0.3),
    (colors.contrasted(1.7 * ONE), IMAGE * 1.7),
    (colors.luma_flipped(ONE), IMAGE - 2 * mean),
    (colors.luma_flipped(0 * ONE), IMAGE),
    (colors.saturated(0 * ONE), jnp.repeat(mean, 3, -1)),
    (colors.saturated(2 * ONE), mean + 2 * (IMAGE - mean)),
    (colors.hue_turned(2 * jnp.pi / 3 * ONE), np.stack([blue, red, green], -1)),  # a third of the circle
  ):
    np.testing.assert_allclose(colors.recolor(IMAGE, maps), wanted, atol=1e-5)


def test_recolourings_are_composed_in_the_order_of_the_changes():
  first, second = colors.brighter(0.5 * ONE), colors.contrasted(2 * ONE)
  np.testing.assert_allclose(
    colors.recolor(IMAGE, colors.composed(first, second)), (IMAGE + 0.5) * 2, atol=1e-6
  )


def test_grey_becomes_the_mean_of_the_colours_and_opacity_stays():
  maps = colors.composed(colors.brighter(0.2 * ONE), colors.luma_flipped(ONE), colors.saturated(3 * ONE))
  grey = IMAGE[..., :1]
  wanted = colors.recolor(jnp.repeat(grey, 3, -1), maps).mean(-1, keepdims=True)
  np.testing.assert_allclose(colors.recolor(grey, maps), wanted, atol=1e-5)
  four = jnp.concatenate([IMAGE, grey], -1)
  np.testing.assert_array_equal(colors.recolor(four, maps)[..., 3:], grey)
  np.testing.assert_array_equal(colors.recolor(four, maps)[..., :3], colors.recolor(IMAGE, maps))
