"""Curves of what was logged: drawn from any rows, smoothed by means."""

import numpy as np
import pytest

from gan_jax.views import curves


@pytest.mark.parametrize(
  'rows',
  [
    [],
    [{'step': 1, 'g/loss': 2.0}],
    [{'step': k, 'd/loss': 1 / k, 'g/loss': k, 'd/real_logit': 1, 'd/fake_logit': -1} for k in range(1, 50)],
  ],
  ids=['none', 'one, without D', 'many'],
)
def test_curves_of_any_rows(rows):
  pixels = curves.draw(rows)
  assert pixels.dtype == np.uint8
  colours = np.unique(pixels.reshape(-1, 3), axis=0).astype(int)
  coloured = (np.ptp(colours, axis=1) > 100).any()  # the axes are grey
  assert coloured == bool(rows)


@pytest.mark.parametrize('count', [1, 2])
def test_few_rows_are_seen_as_they_are(monkeypatch, count):
  """A single point, too, and two that differ are not drawn as their mean."""
  rows = [{'step': k, 'd/loss': float(k), 'g/loss': 3.0} for k in range(count)]
  coloured = lambda pixels: (np.ptp(pixels.astype(int), axis=2) > 100).sum()
  few = coloured(curves.draw(rows))
  monkeypatch.setattr(curves, 'FEW', 0)
  assert few > coloured(curves.draw(rows)) + 30 * count


@pytest.mark.parametrize('count', [1, 2, 3, 39, 40, 81, 400])
def test_smooth_is_the_mean_of_a_window(count):
  values = np.random.default_rng(0).normal(size=count)
  half = max(1, count // 40)
  expected = [values[max(0, k - half) : k + half + 1].mean() for k in range(count)]
  np.testing.assert_allclose(curves.smooth(values), expected, atol=1e-12)
