"""The score of the best settings, or their losses, over the steps: means over the seeds, with bands."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, UInt8

from gan_jax.evaluation import evaluate
from gan_jax.runs.folder import Run
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.results import Result, Setting
from gan_jax.views import canvas

SETTINGS = 6  # that are drawn
ROOM = 0.5  # above and below the means, of the distance between the least and the largest


class Band(NamedTuple):
  """Means over runs, and half of their 95 % intervals, by Student's t; 0 of one run."""

  steps: Int[np.ndarray, ' N']
  mean: Float[np.ndarray, ' N']
  half: Float[np.ndarray, ' N']


def draw(folder: Folder, results: Sequence[Result], found: Sequence[Setting]) -> UInt8[np.ndarray, 'H W 3']:
  """The score while training, or else the losses: means of the best settings, bands the 95 % intervals."""
  runs = {one.label: [] for one in found[:SETTINGS]}
  for one in results:
    if one.trial.label in runs and one.kind == 'done':
      runs[one.trial.label].append(folder.run(one.trial))
  names, rows = logged(runs, folder.score)
  figure, (axes,) = canvas.panels(1, len(names), 5.0, 3.6)
  for axis, name in zip(axes, names, strict=True):
    of_name = lambda some, name=name: {row['step']: row[name] for row in some if name in row}
    bands = {label: band([of_name(one) for one in some]) for label, some in rows.items()}
    panel(axis, bands)
    axis.set(xlabel='step', ylabel=name.replace('_', ' '))
  axes[0].legend(fontsize=6)
  return canvas.pixels(figure)


def logged(runs: Mapping[str, Sequence[Run]], score: str) -> tuple[list[str], dict[str, list[list[dict]]]]:
  """(what was logged, its rows by label and run): the score if any run has it, else the losses."""
  scores = {label: [run.scores() for run in some] for label, some in runs.items()}
  if any(score in row for some in scores.values() for rows in some for row in rows):
    return [score], scores
  return ['d/loss', 'g/loss'], {label: [run.rows() for run in some] for label, some in runs.items()}


def panel(axis: canvas.Axis, bands: Mapping[str, Band]) -> None:
  """Lines above all bands, which may go beyond the picture: those of two seeds are wide."""
  for label, one in bands.items():
    (line,) = axis.plot(one.steps, one.mean, label=label, linewidth=1.8, zorder=3)
    around, colour = (one.mean - one.half, one.mean + one.half), line.get_color()
    axis.fill_between(one.steps, *around, color=colour, alpha=0.08, linewidth=0, zorder=1)
    for edge in around if one.half.any() else ():
      axis.plot(one.steps, edge, color=colour, alpha=0.35, linewidth=0.6, zorder=2)
  means = np.concatenate([one.mean for one in bands.values()])
  if len(means) and means.max() > means.min():
    room = ROOM * (means.max() - means.min())
    axis.set_ylim(means.min() - room, means.max() + room)
  axis.grid(alpha=0.3)


def band(rows: Sequence[Mapping[int, float]]) -> Band:
  """The Band of runs {step: value}, at the steps that all of them have."""
  steps = sorted(set.intersection(*(set(some) for some in rows))) if rows else []
  every = [evaluate.summary([{'value': some[step]} for some in rows]) for step in steps]
  half = [one['interval_95']['value'] or 0.0 for one in every]
  return Band(
    np.array(steps, int), np.array([one['mean']['value'] for one in every], float), np.array(half, float)
  )
