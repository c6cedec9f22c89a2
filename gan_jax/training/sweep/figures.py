"""The figures of a sweep: the score against each field, all at once, and the samples; see curves.py."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8

from gan_jax.runs.files import load_png
from gan_jax.training.sweep import curves, plan
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.results import Result, Setting
from gan_jax.views import canvas

Picture = UInt8[np.ndarray, 'H W 3']
FIELDS, SHEET = 8, 12  # panels at most; samples
WIDE = 10  # times the smallest that the largest value is: then the axis is logarithmic
DRAWN = 500  # settings in a figure
FEW = 5  # values of a number that are each named on its axis
WIDE_PICTURE, LINE = 0.7, 0.16  # height over width of samples, below which two are enough in a row; inches


def draw(
  folder: Folder, results: Sequence[Result], found: Sequence[Setting], weights: Mapping[str, float]
) -> dict[str, Picture]:
  """{name: picture} of what there is to see."""
  scored = [one for one in found if math.isfinite(one.mean)]
  if not scored:
    return {}
  pictures = {'samples': sheet(folder, results, scored), 'curves': curves.draw(folder, results, scored)}
  if weights:
    pictures |= {'fields': fields(scored, weights, folder.score), 'importance': bars(weights)}
  if len(weights) > 1:
    pictures['parallel'] = parallel(scored, weights, folder.score)
  return {name: picture for name, picture in pictures.items() if picture is not None}


def fields(found: Sequence[Setting], weights: Mapping[str, float], score: str) -> Picture | None:
  """A panel a field: the scores of all trials over its values, and the mean of each value.

  None where none of those that are drawn has one.
  """
  found = few(found)
  shown = [field for field in weights if any(field in one.fields for one in found)][:FIELDS]
  if not shown:
    return None
  figure, (axes,) = canvas.panels(1, len(shown), 3.2, 3.2, sharey=True)
  for axis, field in zip(axes, shown, strict=True):
    having = [one for one in found if field in one.fields]
    places, labels = positions([one.fields[field] for one in having])
    groups: dict[float, list[float]] = {}
    for place, one in zip(places, having, strict=True):
      groups.setdefault(place, []).append(one.mean)
      axis.plot([place] * len(one.values), list(one.values.values()), 'o', color=canvas.FAKE, alpha=0.3, ms=4)
    axis.plot(sorted(groups), [np.mean(groups[place]) for place in sorted(groups)], '-', color=canvas.REAL)
    _scale(axis, places, labels)
    axis.set(xlabel=field)
    axis.grid(alpha=0.3)
  axes[0].set_ylabel(score.replace('_', ' '))
  return canvas.pixels(figure)


def parallel(found: Sequence[Setting], weights: Mapping[str, float], score: str) -> Picture:
  """A line a setting through its values, each field an upright axis, coloured by its mean score."""
  from matplotlib import colormaps

  shown, found = list(weights)[:FIELDS], few(found)
  figure, ((axis,),) = canvas.panels(1, 1, 2.2 * (len(shown) + 1), 3.6)
  columns = [_heights([one.fields.get(field) for one in found]) for field in shown]
  means = [one.mean for one in found]
  heights, _ = _heights(means)
  columns.append((heights, [(heights[means.index(end)], f'{end:.4g}') for end in {min(means), max(means)}]))
  ranks = np.linspace(0, 1, len(found))
  for k in range(len(found))[::-1]:
    line = [column[k] for column, _ in columns]
    axis.plot(range(len(line)), line, color=colormaps['viridis'](ranks[k]), alpha=0.7)
  for x, (_, labels) in enumerate(columns):
    for height, label in labels:
      axis.annotate(label, (x, height), fontsize=8, ha='right', xytext=(-3, 0), textcoords='offset points')
  axis.set_xticks(range(len(shown) + 1), [*shown, score.replace('_', ' ')], fontsize=8)
  axis.set(yticks=[], title='settings; dark: the best')
  return canvas.pixels(figure)


def few(found: Sequence[Setting]) -> Sequence[Setting]:
  """At most DRAWN settings, from the best to the worst at even distances."""
  return found[:: -(-len(found) // DRAWN)]


def bars(weights: Mapping[str, float]) -> Picture:
  """How much of the variance of all scores each field explains."""
  names = list(weights)[::-1]
  figure, ((axis,),) = canvas.panels(1, 1, 5.0, 0.8 + 0.35 * len(names))
  axis.barh(names, [100 * weights[name] for name in names], color=canvas.FAKE)
  axis.set(xlim=(0, 100), xlabel='% of the variance of scores, beyond chance')
  return canvas.pixels(figure)


def sheet(folder: Folder, results: Sequence[Result], found: Sequence[Setting]) -> Picture | None:
  """The last samples of a trial of each of the best settings, with its name and score."""
  by_label = {}
  for one in results:
    if one.kind == 'done':
      by_label.setdefault(one.trial.label, one)
  shown = []
  for setting in found[:SHEET]:
    one = by_label[setting.label]
    files = sorted(folder.run(one.trial).samples.glob('step_*.png'))
    if files:
      shown.append((one, files[-1]))
  if not shown:
    return None
  pictures = [load_png(file) for _, file in shown]
  upright = max(picture.shape[0] / picture.shape[1] for picture in pictures)
  columns = min(4 if upright > WIDE_PICTURE else 2, len(shown))
  side = 12.8 / max(columns, 3)
  titles = ['\n'.join([*one.trial.name.split(','), f'{folder.score}: {one.value:.4g}']) for one, _ in shown]
  height = upright * side + LINE * max(title.count('\n') + 2 for title in titles)
  figure, axes = canvas.panels(-(-len(shown) // columns), columns, side, height)
  for axis in axes.flat:
    axis.axis('off')
  for axis, title, picture in zip(axes.flat, titles, pictures, strict=False):
    axis.imshow(picture)
    axis.set_title(title, fontsize=8)
  return canvas.pixels(figure)


def positions(values: Sequence[Any]) -> tuple[list[float], list[str] | None]:
  """(where values stand on an axis, the labels of the places 0, 1, ... or None of numbers)."""
  if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
    return list(values), None
  labels = list(dict.fromkeys(map(plan.shown, values)))
  return [float(labels.index(plan.shown(value))) for value in values], labels


def _scale(axis, places, labels):
  """Gives an axis the labels of its places, or of its numbers where they are few."""
  ticks = sorted(set(places))
  if labels is None:
    if ticks[0] > 0 and ticks[-1] >= WIDE * ticks[0]:
      axis.set_xscale('log')
      axis.minorticks_off()
    if len(ticks) > FEW:
      return
    labels = [plan.shown(number) for number in ticks]
  axis.set_xticks(ticks, labels, fontsize=8)


def _heights(values):
  """(heights in [0, 1], [(height, label)]) of values on an upright axis."""
  places, labels = positions([math.nan if value is None else value for value in values])
  array = np.array(places)
  finite = array[np.isfinite(array)]
  if labels is None and len(finite) and finite.min() > 0 and finite.max() >= WIDE * finite.min():
    array = np.log(array)
  low, high = (np.nanmin(array), np.nanmax(array)) if len(finite) else (0.0, 1.0)
  heights = (array - low) / (high - low) if high > low else np.full(len(array), 0.5)
  seen = {}
  for height, value in zip(heights, values, strict=True):
    if value is not None:
      seen.setdefault(round(float(height), 3), plan.shown(value))
  return heights, list(seen.items()) if len(seen) <= 12 else []
