"""The view of points: densities that can be seen, their pictures and their measures; docs/laboratory.md."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from gan_jax.data import toy
from gan_jax.data.dataset import Dataset
from gan_jax.evaluation import intervals, protocol
from gan_jax.evaluation.metrics import toy as measures
from gan_jax.evaluation.scores import Scores
from gan_jax.gans import averages
from gan_jax.runs import files
from gan_jax.views.points import feature_space, plane, rejection, saddle, scatter, value

snapshot, draw = scatter.snapshot, scatter.draw
COUNT = 2_500  # real points that D is asked about
FEW, BOOTSTRAPPED = 20, 1_000  # sets of so many points tell how sure a measure is


def write(experiment: Any, folder: Path, state: Any, dataset: Dataset, rows: list[dict]) -> None:
  """Writes D's features, the plane or the saddle, and the value of the game."""
  pictures = {'features': feature_space.draw(experiment, state, dataset)}
  if dataset.image_shape == (2,):
    pictures['plane'] = plane.draw(experiment, state, dataset)
  else:
    pictures['saddle'] = saddle.draw()
  pictures['value'] = value.draw(experiment.config, rows)
  for name, pixels in pictures.items():
    if pixels is not None:
      files.save_png(folder / f'{name}.png', pixels)


def save(experiment: Any, sampler: Any, count: int, out: Path, seed: int) -> None:
  """Writes points in the data's units: points.csv in the folder `out`, or the array 'points' in an .npz."""
  points = toy.in_data_units(experiment.config.data, sampler.generate(sampler.draw(count, seed)))
  if out.suffix == '.npz':
    files.save_npz(out, points=np.asarray(points))
  else:
    with files.whole(out / 'points.csv') as partial:
      np.savetxt(partial, points, '%.8g', ',')


def scorer(experiment: Any, dataset: Dataset) -> Callable:
  """(experiment, state, quick=False) -> the Scores of its points; see `score`."""
  return functools.partial(score, dataset=dataset)


def score(experiment: Any, state: Any, dataset: Dataset, quick: bool = False) -> Scores:
  """metrics.toy's measures of `config.evaluate.num_images` points, and D's verdict.

  With `evaluate.rejection` also those of as many points after rejection, named ..._rejection.
  """
  options, count = experiment.config.data, experiment.config.evaluate.num_images
  density = toy.find(options.density)
  real, other = (
    toy.in_data_units(options, dataset.examples(np.arange(count) + start)['image']) for start in (0, count)
  )
  made = scatter.generate(experiment, state, count)
  scores = _measure(density, real, other, made)
  sure_of = {} if quick else sure(density, real, other, made, scores)
  scores['d_error'] = d_error(experiment, state, dataset)
  if density.modes is not None:
    scores['high_quality_ceiling'] = measures.high_quality_ceiling(density.dim)
  if experiment.config.evaluate.rejection and not quick:
    kept, scores['kept'] = rejection.sample(
      experiment, state, rejection.judge(experiment, state, dataset), count
    )
    if len(kept) == count:
      after = _measure(density, real, other, toy.in_data_units(options, kept))
      scores |= {f'{name}_rejection': value for name, value in after.items() if not name.endswith('_floor')}
  averaged = averages.kept(experiment.config.train)
  made_by = protocol.make(
    network='none', data=options.density, reference_count=count, count=count, averaged=averaged
  )
  return Scores({name: float(value) for name, value in scores.items()}, sure_of, made_by)


def sure(density: Any, real: Any, other: Any, made: Any, scores: Mapping) -> dict[str, intervals.Interval]:
  """Intervals of the measures of points, by FEW of up to BOOTSTRAPPED of them, drawn anew: m out of n.

  Bickel et al. 1997, https://www.jstor.org/stable/24306013: their deviation is that of m points.
  """
  some = min(len(made), BOOTSTRAPPED)
  draws = np.random.default_rng(0).integers(0, len(made), (FEW, some))
  again = [_measure(density, real[:some], other[:some], made[drawn]) for drawn in draws]
  found = {}
  for name, measured in scores.items():
    if not name.endswith('_floor'):
      deviation = np.std([float(one[name]) for one in again], ddof=1) * np.sqrt(some / len(made))
      found[name] = intervals.of_error(float(measured), float(deviation))
  return found


_measure = jax.jit(measures.score, static_argnums=0)


def d_error(experiment: Any, state: Any, dataset: Dataset) -> float:
  """E |D(x) - 1/2| over the data's support: 0 where D cannot tell."""
  points = dataset.examples(np.arange(COUNT))['image']
  logits = experiment.gan.discriminate(state.variables, {}, points)['logits']
  return float(np.abs(jax.nn.sigmoid(logits) - 0.5).mean())


def describe(experiment: Any, dataset: Dataset) -> str:
  """'the density ring'."""
  return f'the density {experiment.config.data.density}'


def sentence(scores: Mapping[str, float]) -> str:
  """The scores in words, one line."""
  parts = []
  if 'modes_covered' in scores:
    parts.append(
      f'{scores["modes_covered"]:.3g} modes, {scores["high_quality"]:.1%} within 3 sigma of one'
      f' (the true density: {scores["high_quality_ceiling"]:.1%})'
    )
    if 'high_quality_rejection' in scores:
      parts.append(
        f'{scores["high_quality_rejection"]:.1%} after rejection, which keeps {scores["kept"]:.0%}'
      )
  for name in ('energy_distance', 'jensen_shannon'):
    parts.append(f'{name.replace("_", " ")} {scores[name]:.2g} (real samples: {scores[f"{name}_floor"]:.2g})')
  return '; '.join(parts)
