"""Runs on densities that can be seen: their pictures and their measures. See docs/laboratory.md.

It takes the part for vectors that report.py and evaluate.py take for images.
"""

import jax
import numpy as np

from gan_jax.data import toy
from gan_jax.evaluation.metrics import toy as measures
from gan_jax.views import grids
from gan_jax.views.points import features, plane, rejection, saddle, samples, value

fixed, draw = samples.fixed, samples.draw
COUNT = 2_500  # real points that D is asked about


def write(made, run, state, dataset):
  """Writes figures/*.png of the run, whose state is that of one copy."""
  pictures = {'features': features.draw(made, state, dataset)}
  if dataset.image_shape == (2,):
    pictures['plane'] = plane.draw(made, state, dataset)
  else:
    pictures['saddle'] = saddle.draw()
  pictures['value'] = value.draw(made.config, run.rows())
  for name, pixels in pictures.items():
    if pixels is not None:
      grids.save(run.figures / f'{name}.png', pixels)


def score(made, state, dataset):
  """{name: float}: metrics.toy's measures of `config.evaluate.num_images` points, and D's verdict.

  With `evaluate.rejection` also those of as many points after rejection, named ..._rejection.
  """
  options, count = made.config.data, made.config.evaluate.num_images
  density = toy.find(options.density)
  real, other = (
    toy.in_data_units(options, dataset.examples(np.arange(count) + start)['image']) for start in (0, count)
  )
  told = _measure(density, real, other, samples.generate(made, state, count))
  told['d_error'] = d_error(made, state, dataset)
  if density.modes is not None:
    told['high_quality_ceiling'] = measures.high_quality_ceiling(density.dim)
  if made.config.evaluate.rejection:
    kept, told['kept'] = rejection.sample(made, state, rejection.judge(made, state, dataset), count)
    if len(kept) == count:
      after = _measure(density, real, other, toy.in_data_units(options, kept))
      told |= {f'{name}_rejection': value for name, value in after.items() if not name.endswith('_floor')}
  return {name: float(value) for name, value in told.items()}


_measure = jax.jit(measures.score, static_argnums=0)


def d_error(made, state, dataset):
  """E |D(x) - 1/2| over the data's support: 0 where D cannot tell."""
  points = dataset.examples(np.arange(COUNT))['image']
  logits = made.gan.discriminate(state.variables, {}, points)['logits']
  return np.abs(jax.nn.sigmoid(logits) - 0.5).mean()


def sentence(scores):
  """The scores of one copy, or their means, in words."""
  parts = []
  if 'modes_covered' in scores:
    parts.append(
      f'{scores["modes_covered"]:.3g} modes, {scores["high_quality"]:.1%} within 3 sigma of one'
      f' (the true law: {scores["high_quality_ceiling"]:.1%})'
    )
    if 'high_quality_rejection' in scores:
      parts.append(
        f'{scores["high_quality_rejection"]:.1%} after rejection, which keeps {scores["kept"]:.0%}'
      )
  for name in ('energy_distance', 'jensen_shannon'):
    parts.append(f'{name.replace("_", " ")} {scores[name]:.2g} (real samples: {scores[f"{name}_floor"]:.2g})')
  return '; '.join(parts)
