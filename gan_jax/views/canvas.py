"""Matplotlib figures as pixels, without pyplot, which may not be used by several threads."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

REAL, FAKE = 'tab:orange', 'tab:blue'
DPI = 100


def panels(rows, columns, side=3.6, height=None, **options):
  """(figure, axes [rows, columns]) with panels of `side` inches."""
  figure = Figure((columns * side, rows * (height or side)), dpi=DPI, layout='constrained')
  return figure, figure.subplots(rows, columns, squeeze=False, **options)


def pixels(figure):
  """The figure as uint8 [H, W, 3]."""
  canvas = FigureCanvasAgg(figure)
  canvas.draw()
  return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def limits(points, margin=0.12):
  """[(low, high)] a coordinate of points [N, dim], with a margin."""
  low, high = points.min(0), points.max(0)
  room = margin * np.maximum(high - low, 1e-6)
  return list(zip(low - room, high + room, strict=True))


def scatter(axis, points, colour, label=None, size=4, alpha=0.5):
  """Draws points [N, 2]."""
  axis.scatter(*points.T, s=size, c=colour, alpha=alpha, linewidths=0, label=label)


def frame(axis, bounds, title):
  """Sets the limits [(low, high), (low, high)] and the title; a square panel shows round things round."""
  axis.set(xlim=bounds[0], ylim=bounds[1], title=title)
  axis.title.set_fontsize(10)
  axis.tick_params(labelsize=8)
