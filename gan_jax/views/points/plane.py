"""The plane as D sees it: D(x), where it is undecided, which way it sends G, and the best D beside it."""

import functools

import jax
import numpy as np
from sklearn.neighbors import KernelDensity

from gan_jax.data import toy
from gan_jax.devices import compilation
from gan_jax.views import canvas
from gan_jax.views.points import samples

WIDTH = 0.05  # of the kernels of an estimate, in the data's standard deviations
LITTLE = 1e-3  # of the highest density
CELLS, ARROWS, SHOWN, KNOWN = 120, 15, 1_000, 5_000  # a side; a side; points drawn; points behind an estimate


def draw(made, state, dataset):
  """The picture, uint8 [H, W, 3], for a density of two dimensions."""
  config = made.config
  real = np.asarray(toy.in_data_units(config.data, dataset.examples(np.arange(KNOWN))['image']))
  fake = np.asarray(samples.generate(made, state, KNOWN))
  bounds = canvas.limits(real)
  points = lattice(bounds, CELLS)
  figure, ((left, right),) = canvas.panels(1, 2, 5.0, 4.4)
  judge = compilation.once(functools.partial(logits, made, state))
  d = jax.nn.sigmoid(judge(points)).reshape(CELLS, CELLS)
  show(figure, left, d, bounds, "D(x) = sigmoid of D's logit; arrows: where G is sent")
  best = optimal(real, fake, points).reshape(CELLS, CELLS)
  show(figure, right, best, bounds, 'best D: $p / (p + p_g)$, where there is either')
  field(left, made, state, lattice(bounds, ARROWS))
  for axis in (left, right):
    canvas.scatter(axis, real[:SHOWN], 'black', 'real', 3, 0.35)
    canvas.scatter(axis, fake[:SHOWN], 'tab:green', 'generated', 3, 0.5)
  right.legend(loc='upper right', fontsize=8, markerscale=3)
  return canvas.pixels(figure)


def lattice(bounds, side):
  """Points of a side x side grid [side**2, 2], rows of equal y, float32."""
  x, y = (np.linspace(*ends, side, dtype=np.float32) for ends in bounds)
  return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)


def logits(made, state, points):
  """D's logits [N] at points [N, 2] of the data's units."""
  return made.gan.discriminate(state.variables, {}, toy.in_network_units(made.config.data, points))['logits']


def optimal(real, fake, points):
  """p / (p + p_g) at points [N, 2], both densities estimated from their samples by the same kernels.

  Goodfellow et al. 2014, eq. 2: no D does better against this G. NaN where there is next to nothing.
  """
  scale = real.std(0)
  shapes = [KernelDensity(bandwidth=WIDTH, rtol=1e-2).fit(some / scale) for some in (real, fake)]
  p, q = (np.exp(shape.score_samples(points / scale)) for shape in shapes)
  either = p + q
  return np.where(either > LITTLE * either.max(), p / np.maximum(either, np.finfo(float).tiny), np.nan)


def show(figure, axis, values, bounds, title):
  """Colours a plane by values [CELLS, CELLS] in [0, 1], with the level 1/2; white where they are NaN."""
  extent = [*bounds[0], *bounds[1]]
  image = axis.imshow(
    values, origin='lower', extent=extent, vmin=0, vmax=1, cmap='RdBu', aspect='auto', alpha=0.8
  )
  if np.nanmin(values) < 0.49 and np.nanmax(values) > 0.51:
    axis.contour(values, [0.5], extent=extent, colors='black', linewidths=0.8)
  figure.colorbar(image, ax=axis, shrink=0.8)
  canvas.frame(axis, bounds, title)


def field(axis, made, state, points):
  """Arrows of equal length along the gradient of D's logit, the way in which every loss sends G's points."""
  slope = compilation.once(jax.grad(lambda points: logits(made, state, points).sum()))(points)
  scale = np.ptp(points, axis=0)
  slope = np.asarray(slope) * scale**2  # steepest on the picture, whose axes have scales of their own
  length = np.linalg.norm(slope / scale, axis=1, keepdims=True) * ARROWS / 0.8  # almost to the next arrow
  arrows = slope / np.maximum(length, 1e-12)
  axis.quiver(*points.T, *arrows.T, angles='xy', scale=1, scale_units='xy', width=0.0025, color='dimgrey')
