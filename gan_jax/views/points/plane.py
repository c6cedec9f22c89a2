"""The plane as D sees it: D(x), where it is undecided, which way it sends G, and the best D beside it."""

import functools
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, UInt8
from sklearn.neighbors import KernelDensity

from gan_jax.data import toy
from gan_jax.data.dataset import Dataset
from gan_jax.devices import compilation
from gan_jax.views import canvas
from gan_jax.views.canvas import Axis, Bounds, Figure
from gan_jax.views.points import scatter

Points = Float[np.ndarray, 'N 2']
WIDTH = 0.05  # of the kernels of an estimate, in the data's standard deviations
LITTLE = 1e-3  # of the highest density
CELLS, ARROWS, SHOWN, KNOWN = 120, 15, 1_000, 5_000  # a side; a side; points drawn; points behind an estimate


def draw(experiment: Any, state: Any, dataset: Dataset) -> UInt8[np.ndarray, 'H W 3']:
  """The picture, for a density of two dimensions."""
  config = experiment.config
  real = np.asarray(toy.in_data_units(config.data, dataset.examples(np.arange(KNOWN))['image']))
  fake = np.asarray(scatter.generate(experiment, state, KNOWN))
  bounds = canvas.limits(real)
  points = lattice(bounds, CELLS)
  figure, ((left, right),) = canvas.panels(1, 2, 5.0, 4.4)
  judge = compilation.once(functools.partial(logits, experiment, state))
  d = jax.nn.sigmoid(judge(points)).reshape(CELLS, CELLS)
  show(figure, left, d, bounds, "D(x) = sigmoid of D's logit; arrows: where G is sent")
  best = optimal(real, fake, points).reshape(CELLS, CELLS)
  show(figure, right, best, bounds, 'best D: $p / (p + p_g)$, where there is either')
  field(left, experiment, state, lattice(bounds, ARROWS))
  for axis in (left, right):
    canvas.scatter(axis, real[:SHOWN], 'black', 'real', 3, 0.35)
    canvas.scatter(axis, fake[:SHOWN], 'tab:green', 'generated', 3, 0.5)
  right.legend(loc='upper right', fontsize=8, markerscale=3)
  return canvas.pixels(figure)


def lattice(bounds: Bounds, side: int) -> Float[np.ndarray, '{side**2} 2']:
  """Points of a side x side grid, rows of equal y, float32."""
  x, y = (np.linspace(*ends, side, dtype=np.float32) for ends in bounds)
  return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)


def logits(experiment: Any, state: Any, points: Float[Array | np.ndarray, 'N 2']) -> Float[Array, ' N']:
  """D's logits at points of the data's units."""
  return experiment.gan.discriminate(
    state.variables, {}, toy.in_network_units(experiment.config.data, points)
  )['logits']


def optimal(
  real: Float[np.ndarray, 'M 2'], fake: Float[np.ndarray, 'M 2'], points: Points
) -> Float[np.ndarray, ' N']:
  """p / (p + p_g) at points, both densities estimated from their samples by the same kernels.

  Goodfellow et al. 2014, eq. 2: no D does better against this G. NaN where there is next to nothing.
  """
  scale = real.std(0)
  shapes = [KernelDensity(bandwidth=WIDTH, rtol=1e-2).fit(some / scale) for some in (real, fake)]
  p, q = (np.exp(shape.score_samples(points / scale)) for shape in shapes)
  either = p + q
  return np.where(either > LITTLE * either.max(), p / np.maximum(either, np.finfo(float).tiny), np.nan)


def show(
  figure: Figure, axis: Axis, values: Float[Array | np.ndarray, 'rows columns'], bounds: Bounds, title: str
) -> None:
  """Colours a plane by values in [0, 1], with the level 1/2; white where they are NaN."""
  extent = [*bounds[0], *bounds[1]]
  image = axis.imshow(
    values, origin='lower', extent=extent, vmin=0, vmax=1, cmap='RdBu', aspect='auto', alpha=0.8
  )
  if np.nanmin(values) < 0.49 and np.nanmax(values) > 0.51:
    axis.contour(values, [0.5], extent=extent, colors='black', linewidths=0.8)
  figure.colorbar(image, ax=axis, shrink=0.8)
  canvas.frame(axis, bounds, title)


def field(axis: Axis, experiment: Any, state: Any, points: Points) -> None:
  """Arrows of equal length along the gradient of D's logit, the way in which every loss sends G's points."""
  gradient = compilation.once(jax.grad(lambda points: logits(experiment, state, points).sum()))(points)
  scale = np.ptp(points, axis=0)
  gradient = np.asarray(gradient) * scale**2  # steepest on the picture, whose axes have scales of their own
  length = np.linalg.norm(gradient / scale, axis=1, keepdims=True) * ARROWS / 0.8  # almost to the next arrow
  arrows = gradient / np.maximum(length, 1e-12)
  axis.quiver(*points.T, *arrows.T, angles='xy', scale=1, scale_units='xy', width=0.0025, color='dimgrey')
