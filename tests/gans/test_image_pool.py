"""The pool of past fakes."""

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax.gans.parts import image_pool


def test_a_full_pool_gives_half_of_its_past():
  """While it fills, images pass; then every image is given on or kept, and none is lost or made."""
  images = jnp.arange(400.0).reshape(-1, 1)
  state, seen = image_pool.init(20, (1,)), []
  exchange = jax.jit(image_pool.exchange)
  for k in range(0, 400, 8):
    given, state = exchange(state, images[k : k + 8], jax.random.key(k))
    seen.append(given)
  seen = np.concatenate(seen)[:, 0]
  np.testing.assert_array_equal(seen[:20], np.arange(20))
  assert 0.35 < (seen[24:] != np.arange(400)[24:]).mean() < 0.65
  left = np.asarray(state['images'])[:, 0]
  assert set(seen) | set(left) == set(range(400))
  assert len(set(seen[20:])) == 380  # none twice: what is given from the pool leaves it
