"""Which scores the runs of a config write, so that a sweep is not ranked by one that there will never be."""

from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.data import toy
from gan_jax.evaluation import measures

WRITTEN = {  # {measure: its scores} of those that are not called as their measure
  'precision_recall': ('precision', 'recall'),
  'density_coverage': ('density', 'coverage'),
  'classes': ('confidence', 'classes_covered', 'class_entropy'),
  'modes': ('modes_covered', 'reverse_kl'),
  'copying': ('nearest', 'nearest_real', 'closer'),
  'class_accuracy': ('class_accuracy', 'attribute_accuracy'),  # of classes, of attributes
  'augmentation_score': ('few_accuracy', 'augmented_accuracy'),
}
OF_MODES = ('modes_covered', 'high_quality', 'reverse_kl')
OF_POINTS = (*OF_MODES, 'energy_distance', 'sliced_wasserstein', 'jensen_shannon')


def check(config: ConfigDict, score: str) -> None:
  """Raises UserError for a score that no run of this config writes."""
  options = config.evaluate
  if not options.num_images:
    raise errors.UserError(
      f'no run writes {score}: evaluate.num_images is 0; --config.evaluate.num_images=1000 scores so many'
    )
  if config.data.name == 'toy':
    of_modes = toy.find(config.data.density).modes is not None
    points = [name for name in OF_POINTS if of_modes or name not in OF_MODES]
    known = ['d_error', *points, *(f'{name}_rejection' for name in points if options.rejection)]
  elif config.gan.name in ('latent', 'conditional'):
    named = {name: WRITTEN.get(name, (name,)) for name in measures.MEASURES}
    if score in (one for some in named.values() for one in some):
      needed = next(name for name, some in named.items() if score in some)
      if needed not in options.measures:
        more = ','.join([*options.measures, needed])
        raise errors.UserError(f'no run writes {score}: --config.evaluate.measures={more} does')
    known = [one for name in options.measures for one in WRITTEN.get(name, (name,))]
  elif score.removesuffix('_rejection') in ('d_error', *OF_POINTS):
    known = ['fid', 'kid']
  else:
    return
  if score not in known:
    raise errors.unknown('score, which no run of this config writes,', score, known)
