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


def titles(monkeypatch, *arguments):
  """(titles, legends) of the panels that are drawn of scores."""
  figures, usual = [], curves.canvas.panels

  def panels(*given, **options):
    figures.append(usual(*given, **options))
    return figures[-1]

  monkeypatch.setattr(curves.canvas, 'panels', panels)
  assert curves.draw_scores(*arguments).dtype == np.uint8
  axes = figures[0][0].axes
  return [axis.get_title() for axis in axes], [axis.get_legend_handles_labels()[1] for axis in axes]


def test_each_known_score_has_a_panel_with_what_real_data_get_and_the_best_step(monkeypatch):
  rows = [{'step': 100 * k, 'fid': 300.0 / k, 'inception_score': k, 'num_images': 10} for k in range(1, 6)]
  rows += [{'step': 600, 'inception_score': 6.0}]  # its FID was no number
  copies = [{'fid_floor': 2.0, 'inception_score_real': 9.0}, {'fid_floor': np.nan}]
  found, legends = titles(monkeypatch, rows, copies, {'step': 500, 'score': 'fid', 'value': 60.0})
  assert found == ['fid (lower is better)', 'inception score (higher is better)']
  assert legends == [['real data', 'best fid: step 500']] * 2


def test_at_most_four_scores_are_drawn_and_that_of_the_best_state_first(monkeypatch):
  names = ('modes_covered', 'high_quality', 'energy_distance', 'jensen_shannon', 'fid')
  found, legends = titles(monkeypatch, [{'step': 1, **dict.fromkeys(names, 1.0)}], [], {'score': 'fid'})
  assert [title.split(' (')[0] for title in found] == [
    'fid',
    'modes covered',
    'high quality',
    'energy distance',
  ]
  assert not any(legends)


@pytest.mark.parametrize('rows', [[], [{'step': 1, 'mine': 2.0}]])
def test_without_known_scores_there_is_no_picture(rows):
  assert curves.draw_scores(rows, [], {}) is None
