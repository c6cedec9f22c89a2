"""The judge that reads places and attributes off images: it learns, and is kept."""

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data
from gan_jax.evaluation.networks import reading


@pytest.mark.long
def test_it_learns_where_faces_are_and_is_kept(tmp_path):
  faces = data.load('avatars', 8, size=(16, 16), channels=3, places='wide', captions=True, num_images=64)
  judge = reading.make(('attributes', 'box'), faces, str(tmp_path), steps=60)
  examples = faces.examples(np.arange(64))
  read = judge.read(judge.params, examples['image'])
  assert read['attributes'].shape == examples['attributes'].shape
  away = lambda boxes: float(jnp.abs(boxes - examples['box']).mean())
  assert away(read['box']) < 0.8 * away(examples['box'].mean(0))
  (kept,) = tmp_path.glob('reading-*.npz')
  before = kept.stat().st_mtime_ns
  again = reading.make(('attributes', 'box'), faces, str(tmp_path), steps=60)
  assert kept.stat().st_mtime_ns == before
  np.testing.assert_array_equal(again.read(again.params, examples['image'])['box'], read['box'])
