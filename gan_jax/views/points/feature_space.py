"""D's features of real and generated points, before and after an update of G, and of D."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, UInt8

from gan_jax.data.dataset import Dataset
from gan_jax.devices import compilation
from gan_jax.gans import contract
from gan_jax.gans.contract import Batch, Variables
from gan_jax.views import canvas
from gan_jax.views.canvas import Axis, Bounds

Moment = dict[str, Float[np.ndarray, 'B K']]  # {'real', 'fake'}: features

LENGTHENED = 0.25  # an arrow's length, of the picture's width: true ones can hardly be seen


def draw(experiment: Any, state: Any, dataset: Dataset) -> UInt8[np.ndarray, 'H W 3']:
  """The picture: an update of G above, one of D below, each before and after."""
  (before_g, after_g), (before_d, after_d) = updates(experiment, state, dataset)
  project = plane_of(np.concatenate(list(before_g.values())))
  figure, axes = canvas.panels(2, 2, 4.4, 3.8)
  for row, name, pair in zip(axes, 'GD', ((before_g, after_g), (before_d, after_d)), strict=True):
    seen = [{side: project(points) for side, points in moment.items()} for moment in pair]
    bounds = canvas.limits(np.concatenate([points for moment in seen for points in moment.values()]))
    for axis, moment, title in zip(row, seen, (f'before an update of {name}', 'after it'), strict=True):
      panel(axis, moment, bounds, title)
    move(row[1], *seen, bounds)
  axes[0, 0].legend(loc='best', fontsize=8, markerscale=2)
  return canvas.pixels(figure)


def updates(experiment: Any, state: Any, dataset: Dataset) -> list[tuple[Moment, Moment]]:
  """For G, then for D: (features before one update of it alone, the same after).

  The updates are first ones, since schedules have brought the rates of a finished run to nothing.
  """
  slots = {side: tx.init(state.variables[side]['params']) for side, tx in experiment.optimizers.items()}
  state = state.replace(opt_state=slots)
  draw_rng, *rngs = jax.random.split(jax.random.key(experiment.config.seed), 3)

  def moments(state, dataset):
    data = dataset.batch(state.seed, state.step)
    batch = contract.join(data, experiment.gan.draw(draw_rng, data), state.step)
    after = [experiment.update(side, state, batch, rngs) for side in 'gd']
    before = features(experiment, state.variables, batch)
    return [(before, features(experiment, updated.variables, batch)) for updated in after]

  return jax.device_get(compilation.once(moments)(state, dataset))


def features(experiment: Any, variables: Variables, batch: Batch) -> dict[str, Float[Array, 'B K']]:
  """D's features of a batch and of what G makes of its latents."""
  fakes = experiment.gan.generate(variables, batch, jax.random.key(0), train=False)[0]['image']
  of = lambda points: experiment.gan.discriminate(variables, batch, points)['features']
  return {'real': of(batch['image']), 'fake': of(fakes)}


def plane_of(
  features: Float[np.ndarray, 'N K'],
) -> Callable[[Float[np.ndarray, 'N K']], Float[np.ndarray, 'N 2']]:
  """What projects them on a plane: themselves if there are two, else their principal components."""
  if features.shape[1] == 2:
    return lambda points: points
  mean = features.mean(0)
  _, _, axes = np.linalg.svd(features - mean, full_matrices=False)
  return lambda points: (points - mean) @ axes[:2].T


def panel(axis: Axis, moment: Moment, bounds: Bounds, title: str) -> None:
  """Draws both clouds and their centroids."""
  for side, colour in (('real', canvas.REAL), ('fake', canvas.FAKE)):
    canvas.scatter(axis, moment[side], colour, 'real' if side == 'real' else 'generated', 8)
    axis.plot(*moment[side].mean(0), 'X', color=colour, markeredgecolor='black', markersize=9)
  (x, y), (u, v) = (moment[side].mean(0) for side in ('fake', 'real'))
  axis.plot([x, u], [y, v], color='grey', linewidth=0.8, linestyle='--')
  canvas.frame(axis, bounds, title)


def move(axis: Axis, before: Moment, after: Moment, bounds: Bounds) -> None:
  """An arrow at each centroid, the way it went, lengthened; the true lengths are in the title."""
  sides, moved = np.array([high - low for low, high in bounds]), []
  ways = {side: after[side].mean(0) - before[side].mean(0) for side in ('real', 'fake')}
  longest = max(np.linalg.norm(way / sides) for way in ways.values())  # on the picture
  for side, way in ways.items():
    moved.append(f'{"real" if side == "real" else "generated"} {np.linalg.norm(way):.2g}')
    if longest and np.linalg.norm(way / sides) > 1e-3 * longest:
      start = after[side].mean(0)
      end = start + way / longest * LENGTHENED
      arrow = {'arrowstyle': '->', 'linewidth': 2}
      axis.annotate('', end, start, arrowprops=arrow, annotation_clip=False)
  axis.set_title(f'after it, arrows lengthened\nmoved: {", ".join(moved)}', fontsize=9)
