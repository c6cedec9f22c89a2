"""Curves of the logged metrics, and of scores, over the steps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Real, UInt8

from gan_jax.evaluation import tables
from gan_jax.views import canvas

FEW = 40  # values that are drawn as they are, each with a marker
MOST = 4  # scores in a picture
WIDE = 10  # a low score is better: if the highest is more times the lowest, the axis is logarithmic
PANELS = {'loss': ('d/loss', 'g/loss'), 'mean logit of D': ('d/real_logit', 'd/fake_logit')}


def draw(rows: list[dict[str, float]]) -> UInt8[np.ndarray, 'H W 3']:
  """Both losses and D's mean logits over the logged rows, smoothed, and as they are in pale colours.

  Fewer than FEW are not smoothed.
  """
  figure, ((left, right),) = canvas.panels(1, 2, 5.0, 3.6)
  for axis, (title, names) in zip((left, right), PANELS.items(), strict=True):
    panel(axis, rows, title, names)
  return canvas.pixels(figure)


def panel(axis: canvas.Axis, rows: list[dict[str, float]], title: str, names: Sequence[str]) -> None:
  """Draws the metrics `names` of the rows that have them; `title` is that of the upright axis."""
  for name in names:
    points = [(row['step'], row[name]) for row in rows if name in row]
    if points:
      steps, values = np.array(points).T
      if len(points) < FEW:
        axis.plot(steps, values, marker='o', markersize=4, label=name)
      else:
        (line,) = axis.plot(steps, values, alpha=0.25, linewidth=0.8)
        axis.plot(steps, smooth(values), color=line.get_color(), label=name)
  axis.set(xlabel='step', ylabel=title)
  axis.grid(alpha=0.3)
  if axis.lines:
    axis.legend()


def draw_scores(
  rows: Sequence[Mapping[str, float]], copies: Sequence[Mapping[str, float]], best: Mapping[str, Any]
) -> UInt8[np.ndarray, 'H W 3'] | None:
  """Each score of tables.BETTER over the steps, at most MOST of them; None if `rows` have none.

  Dashed is what real data get, by the scores of the `copies` at the end; a star is at the `best` state.
  """
  shown = [name for name in tables.BETTER if any(name in row for row in rows)]
  shown.sort(key=lambda name: name != best.get('score'))  # that one first
  if not shown:
    return None
  shown = shown[:MOST]
  figure, (axes,) = canvas.panels(1, len(shown), 4.0, 3.4)
  for axis, name in zip(axes, shown, strict=True):
    steps, values = np.array([(row['step'], row[name]) for row in rows if name in row], float).T
    axis.plot(steps, values, marker='o' if len(steps) < FEW else '', markersize=4)
    real = [copy[f'{name}_{kind}'] for copy in copies for kind in tables.REAL if f'{name}_{kind}' in copy]
    if np.isfinite(real).any():
      axis.axhline(np.nanmean(real), color='grey', linestyle='--', label='real data')
    for step, value in zip(steps, values, strict=True):
      if step == best.get('step'):
        label = f'best {best["score"].replace("_", " ")}: step {step:,.0f}'
        axis.plot(step, value, '*', color='tab:orange', markersize=14, label=label)
    way = 'lower' if tables.BETTER[name] is min else 'higher'
    if way == 'lower' and values.min() > 0 and values.max() > WIDE * values.min():
      axis.set_yscale('log')
    axis.set(xlabel='step', title=f'{name.replace("_", " ")} ({way} is better)')
    axis.title.set_fontsize(10)
    axis.grid(alpha=0.3)
    if axis.get_legend_handles_labels()[0]:
      axis.legend()
  return canvas.pixels(figure)


def smooth(values: Real[np.ndarray, ' N']) -> Float[np.ndarray, ' N']:
  """The running mean over a twentieth of the values, shorter at the ends."""
  half = max(1, len(values) // 40)
  sums = np.concatenate([[0.0], np.cumsum(values)])
  ends = np.minimum(np.arange(len(values)) + half + 1, len(values))
  starts = np.maximum(np.arange(len(values)) - half, 0)
  return (sums[ends] - sums[starts]) / (ends - starts)
