"""DiffAugment: each policy does what the paper's code does, to any image, and lets gradients through."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from gan_jax import configs, errors
from gan_jax.gans import augmentations
from gan_jax.gans.augmentations import diffaugment

RNG = jax.random.key(0)


def images(*shape):
  """Images whose pixels all differ, and none is 0."""
  return jax.random.uniform(jax.random.key(7), shape, minval=0.1, maxval=1.0)


def made(**fields):
  """An Augmentation's apply(images, rng)."""
  fields = {f'augment.{name}': value for name, value in fields.items()}
  config = configs.get('dcgan_digits', {'augment.name': 'diffaugment', **fields}, notice=lambda _: None)
  apply = augmentations.of(config).apply
  return lambda images, rng=RNG: apply(images, rng, {})


def offsets(before, after, most):
  """{(down, right) of each image} by which `after` is `before`, moved, with zeros where nothing was."""
  found = []
  for one, other in zip(np.asarray(before), np.asarray(after), strict=True):
    padded = np.pad(one, [(far, far) for far in most] + [(0, 0)])
    height, width = one.shape[:2]
    found += [
      (most[0] - top, most[1] - left)
      for top in range(2 * most[0] + 1)
      for left in range(2 * most[1] + 1)
      if np.array_equal(padded[top : top + height, left : left + width], other)
    ]
  return found


@pytest.mark.parametrize('shape', [(200, 16, 12, 3), (60, 9, 20, 1), (5, 3, 3, 4)])
def test_translation_moves_by_up_to_an_eighth_and_brings_in_zeros(shape):
  before = images(*shape)
  most = tuple(int(side / 8 + 0.5) for side in shape[1:3])
  moves = offsets(before, diffaugment.translation(before, RNG), most)
  assert len(moves) == len(before)
  if len(before) == 200:  # all of the 5 x 5
    assert set(moves) == {(y, x) for y in range(-2, 3) for x in range(-2, 3)}


@pytest.mark.parametrize('shape', [(300, 8, 6, 3), (50, 7, 5, 1)])
def test_cutout_sets_one_rectangle_of_half_the_sides_to_zero(shape):
  before = images(*shape)
  after = np.asarray(diffaugment.cutout(before, RNG))
  gone = (after == 0).all(-1)
  np.testing.assert_array_equal(after[~gone], np.asarray(before)[~gone])
  sides = [int(side / 2 + 0.5) for side in shape[1:3]]
  for hole in gone:
    rows, columns = hole.any(1), hole.any(0)
    np.testing.assert_array_equal(hole, rows[:, None] & columns)
    for along, side in ((rows, sides[0]), (columns, sides[1])):
      (there,) = np.nonzero(along)
      assert len(there) == there[-1] - there[0] + 1
      assert side // 2 <= len(there) <= side
  assert gone.any(0).all()


def test_color_is_brightness_then_saturation_then_contrast():
  """Undone in the other order: of known means, each pixel gives the three factors of its image."""
  before, after = (
    np.asarray(some) for some in (images(50, 6, 5, 3), diffaugment.color(images(50, 6, 5, 3), RNG))
  )
  brightness = after.mean((1, 2, 3)) - before.mean((1, 2, 3))  # the others keep the mean of the image
  assert (np.abs(brightness) <= 0.5).all()
  assert brightness.std() > 0.2
  grey = lambda some: some.mean(-1) - some.mean((1, 2, 3))[:, None, None]  # which saturation keeps
  contrast = (grey(after) / grey(before)).mean((1, 2))
  np.testing.assert_allclose(grey(after), contrast[:, None, None] * grey(before), atol=1e-5)
  assert (contrast >= 0.5).all()
  assert (contrast <= 1.5).all()
  colour = lambda some: some - some.mean(-1, keepdims=True)
  both = (colour(after) / colour(before))[:, :1, :1, :1]
  np.testing.assert_allclose(colour(after), both * colour(before), atol=1e-4)
  saturation = both[:, 0, 0, 0] / contrast
  assert (saturation >= 0).all()
  assert (saturation <= 2.001).all()
  assert saturation.std() > 0.4


def test_color_of_one_channel_has_no_saturation():
  before = images(4, 5, 5, 1)
  after = diffaugment.color(before, RNG)
  three = diffaugment.color(jnp.repeat(before, 3, -1), RNG)
  np.testing.assert_allclose(jnp.repeat(after, 3, -1), three, atol=1e-6)


def test_policies_are_chosen_and_come_in_their_order():
  some = images(3, 8, 8, 3)
  np.testing.assert_array_equal(
    made(policy=('cutout', 'color'))(some),
    diffaugment.color(diffaugment.cutout(some, jax.random.fold_in(RNG, 0)), jax.random.fold_in(RNG, 1)),
  )
  assert not np.array_equal(made()(some), made()(some, jax.random.key(1)))


def test_real_valued_and_grey_pairs_change_alike():
  """One key moves images of one and of three channels alike, as pix2pix's source and its target."""
  some = images(4, 16, 16, 1)
  apply = made(policy=('translation', 'cutout'))
  np.testing.assert_array_equal(jnp.repeat(apply(some), 3, -1), apply(jnp.repeat(some, 3, -1)))


@pytest.mark.long
def test_gradients_of_any_order_pass_through():
  some = images(2, 6, 6, 2)
  check_grads(lambda images: made()(jnp.asarray(images)) ** 2, (some,), order=2, rtol=1e-2)


def test_bfloat16_stays_bfloat16_and_maps_over_copies():
  some = images(3, 8, 8, 3).astype(jnp.bfloat16)
  keys = jax.random.split(RNG, 2)
  copies = jax.jit(jax.vmap(made(), (None, 0)))(some, keys)
  assert copies.dtype == jnp.bfloat16
  np.testing.assert_array_equal(copies[1], jax.jit(made())(some, keys[1]))


def test_what_is_no_image_is_refused():
  with pytest.raises(
    errors.UserError, match=r'diffaugment is for images \[B, H, W, C\], and these are \[B, 2\]'
  ):
    made()(images(3, 2))
