"""Measures by name: what a set of generated images scores beside a set of real ones, and how sure that is.

A measure here is a function of (generated, real, sure): two Samples, and whether intervals are wanted. It
gives {score: (value, interval or None)}. The mathematics is in metrics/, for arrays of anybody's.
"""

import dataclasses
from collections.abc import Callable, Mapping

from gan_jax import errors
from gan_jax.evaluation import intervals
from gan_jax.evaluation.measures import classes, conditions, copying, features, modes, pictures, teaching
from gan_jax.evaluation.sample import Sample

Values = Mapping[str, tuple[float, intervals.Interval | None]]


@dataclasses.dataclass(frozen=True)
class Measure:
  """How a measure is taken, and what it asks for."""

  take: Callable[[Sample, Sample, bool], Values]
  about: str  # what is measured, with all that decides its value: part of a score's protocol
  features: bool = False  # whether all features are asked for, not their moments alone
  classes: bool = False  # whether the network must know classes
  reads: bool = False  # whether judges must read of the images what was asked for
  least: int = 2  # so many images of each set
  single: bool = False  # whether it is of the generated set alone
  floor: bool = True  # whether real images have a value of their own


MEASURES = {
  'fid': Measure(features.fid, 'Frechet distance of features, covariances over N - 1'),
  'kid': Measure(
    features.kid, 'cubic kernel, unbiased, 100 subsets of 1,000, or of half of the set', True, least=20
  ),
  'mind': Measure(
    features.mind, '3 D times the squared sliced Wasserstein-2 distance, 1,000 directions', True
  ),
  'precision_recall': Measure(features.precision_and_recall, 'k = 3 nearest, <=', True, least=4),
  'density_coverage': Measure(features.density_and_coverage, 'k = 5 nearest, <', True, least=6),
  'inception_score': Measure(classes.inception_score, 'of all images at once', classes=True, single=True),
  'classes': Measure(classes.shares, 'most probable classes', classes=True, single=True),
  'modes': Measure(
    modes.covered,
    'combinations of the most probable classes, nats, floor of 100 simulated sets',
    classes=True,
    single=True,
  ),
  'accuracy_score': Measure(
    teaching.accuracy_score, 'a classifier learns from generated images, real ones test it'
  ),
  'augmentation_score': Measure(
    teaching.augmentation_score,
    f'classifiers learn from {teaching.FEW} real images a class, and from generated ones besides',
  ),
  'class_accuracy': Measure(
    conditions.class_accuracy,
    'most probable class, each attribute, beside those asked',
    reads=True,
    single=True,
  ),
  'class_fid': Measure(
    conditions.class_fid, 'mean over the classes of the Frechet distance within each', True
  ),
  'value_correlation': Measure(
    conditions.value_correlation,
    "Pearson's, of values asked and read, least squares",
    reads=True,
    single=True,
  ),
  'swd': Measure(pictures.swd, 'patches of 7x7 of Laplacian pyramids, 512 directions, up to 2,048 images'),
  'ms_ssim': Measure(pictures.ms_ssim, 'mean of 1,000 random pairs', single=True),
  'copying': Measure(copying.copying, 'nearest training image, beside held-out real ones', True, floor=False),
}
USUAL = ('fid', 'inception_score', 'classes')


def find(names: tuple[str, ...], has_classes: bool = True) -> dict[str, Measure]:
  """{name: Measure} of these. Raises UserError for unknown ones, and where classes are lacking."""
  for name in names:
    if name not in MEASURES:
      raise errors.unknown('measure', name, MEASURES)
    if MEASURES[name].classes and not has_classes:
      raise errors.UserError(
        f'the measure {name} needs a network with classes: evaluate.network=classifier or inception,'
        f' or leave it out of evaluate.measures={",".join(names)}'
      )
  return {name: MEASURES[name] for name in names}
