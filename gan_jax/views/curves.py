"""Curves of the logged metrics over the steps."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Real, UInt8

from gan_jax.views import canvas

FEW = 40  # values that are drawn as they are, each with a marker
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


def smooth(values: Real[np.ndarray, ' N']) -> Float[np.ndarray, ' N']:
  """The running mean over a twentieth of the values, shorter at the ends."""
  half = max(1, len(values) // 40)
  sums = np.concatenate([[0.0], np.cumsum(values)])
  ends = np.minimum(np.arange(len(values)) + half + 1, len(values))
  starts = np.maximum(np.arange(len(values)) - half, 0)
  return (sums[ends] - sums[starts]) / (ends - starts)
