"""Matplotlib figures as pixels, without pyplot, which may not be used by several threads."""

from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

Figure, Axis = Any, Any  # Matplotlib's, which is imported late
Points = Float[np.ndarray, 'N dim']
Real = float | np.floating
Bounds = list[tuple[Real, Real]]  # (low, high) of each coordinate
REAL, FAKE = 'tab:orange', 'tab:blue'
DPI = 100


def panels(
  rows: int, columns: int, side: float = 3.6, height: float | None = None, **options: Any
) -> tuple[Figure, Any]:
  """(figure, axes [rows, columns]) with panels of `side` inches."""
  from matplotlib.figure import Figure  # takes half a second, and not every start draws

  figure = Figure((columns * side, rows * (height or side)), dpi=DPI, layout='constrained')
  return figure, figure.subplots(rows, columns, squeeze=False, **options)


def pixels(figure: Figure) -> UInt8[np.ndarray, 'H W 3']:
  """The figure as an image."""
  from matplotlib.backends.backend_agg import FigureCanvasAgg

  canvas = FigureCanvasAgg(figure)
  canvas.draw()
  return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def limits(points: Points, margin: float = 0.12) -> Bounds:
  """The bounds of points, with a margin."""
  low, high = points.min(0), points.max(0)
  room = margin * np.maximum(high - low, 1e-6)
  return list(zip(low - room, high + room, strict=True))


def scatter(
  axis: Axis,
  points: Float[np.ndarray, 'N 2'],
  colour: str,
  label: str | None = None,
  size: float = 4,
  alpha: float = 0.5,
) -> None:
  """Draws points."""
  axis.scatter(*points.T, s=size, c=colour, alpha=alpha, linewidths=0, label=label)


def frame(axis: Axis, bounds: Bounds, title: str) -> None:
  """Sets the limits and the title; a square panel shows round things round."""
  axis.set(xlim=bounds[0], ylim=bounds[1], title=title)
  axis.title.set_fontsize(10)
  axis.tick_params(labelsize=8)
