"""Masks of what is missing in an image."""

import jax
import numpy as np
import pytest

from gan_jax.gans.parts import masks


@pytest.mark.long
@pytest.mark.parametrize('name', masks.KINDS)
@pytest.mark.parametrize('size', [(5, 7), (16, 16), (64, 64)])
def test_masks_miss_a_pixel_whatever_the_size(name, size):
  draw = jax.jit(jax.vmap(lambda rng: masks.KINDS[name](rng, size)))
  assert draw(jax.random.split(jax.random.key(1), 500)).any((1, 2, 3)).all()


@pytest.mark.parametrize('name', masks.KINDS)
def test_masks_leave_something_and_take_something(name):
  draw = jax.jit(jax.vmap(lambda rng: masks.KINDS[name](rng, (24, 16))))
  found = np.asarray(draw(jax.random.split(jax.random.key(0), 200)))
  assert found.shape == (200, 24, 16, 1)
  assert set(np.unique(found)) == {0, 1}
  shares = found.mean((1, 2, 3))
  assert shares.min() > 0
  assert shares.max() < 0.9
  if name == 'centre':
    assert (shares == 0.25).all()
    assert found[0, 6:18, 4:12].all()
  else:
    assert (found.mean(0) > 0).mean() > 0.9  # nearly every pixel is missing at times
    assert shares.std() > 0.05
