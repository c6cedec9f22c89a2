"""benchmarks.parity_fidelity: what a row says, the sets that it compares, and rows that need no PyTorch."""

import importlib.util

import numpy as np
import pytest

from benchmarks import parity_fidelity, parity_rows
from gan_jax.evaluation.inception import resizing


def test_a_row_is_ok_within_its_bound():
  assert parity_rows.row('x', 'y', 1.1, 1, 0.2)['ok']
  assert not parity_rows.row('x', 'y', 1.1, 1, 0.05)['ok']
  assert parity_rows.row('x', 'y', 101, 100, 0.05, relative=True)['difference'] == pytest.approx(0.01)
  assert not parity_rows.row('x', 'y', np.nan, 1, 1e9)['ok']
  text = parity_fidelity.line(parity_rows.row('x', 'y', 1.1, 1, 0.05))
  assert text.startswith('x ')
  assert text.endswith('1.00e-01     0.05  NO')


def test_images_are_a_function_of_the_seed():
  some = parity_rows.images(3, 20)
  assert some.shape == (3, 20, 20, 3)
  np.testing.assert_array_equal(some, parity_rows.images(3, 20))
  assert (some != parity_rows.images(3, 20, seed=1)).mean() > 0.9
  assert 30 < some.std() < 60


def test_closed_forms_hold():
  rows = list(parity_rows.closed_rows())
  assert len(rows) == 9
  assert all(row['ok'] for row in rows), rows


def test_pairs_are_scored_as_scikit_image_does():
  pytest.importorskip('skimage')
  assert all(row['ok'] for row in parity_rows.pair_rows())


def test_density_and_coverage_are_those_of_prdc():
  pytest.importorskip('prdc')
  sets = parity_rows.normal(120), parity_rows.normal(110, seed=1, shift=0.2)
  assert all(row['ok'] for row in parity_rows.prdc_rows(*sets))


def test_beside_torch_fidelity():
  """The resize, and weights by the published names; the network itself takes minutes: the benchmark."""
  if not (importlib.util.find_spec('torch') and importlib.util.find_spec('torch_fidelity')):
    pytest.skip('of requirements-bench.txt')  # it cannot be imported alone: see parity_theirs
  other = parity_fidelity.theirs()
  other.torch.set_num_threads(1)
  assert all(row['ok'] for row in parity_fidelity.resize_rows(other))
  assert other.pixels(parity_rows.images(2, 5)).shape == (2, 3, 5, 5)
  assert sum(name.endswith('conv.weight') for name in other.bare().state_dict()) == 94
  assert other.resized(parity_rows.images(1, 7)).shape[1:] == (resizing.SIDE, resizing.SIDE, 3)


def test_the_last_batch_is_filled_up_and_cut():
  sizes = []

  def program(params, some):
    sizes.append(len(some))
    return params * some, some[:, 0]

  some = np.arange(200.0)[:, None] * np.ones(3)
  found = list(parity_fidelity.batches(program, 2.0, some))
  np.testing.assert_array_equal(np.concatenate([features for features, _ in found]), 2 * some)
  assert set(sizes) == {parity_fidelity.BATCH}
