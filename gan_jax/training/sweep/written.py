"""Which scores the runs of a config write, so that a sweep is not ranked by one that there will never be."""

from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.evaluation import measures

WRITTEN = {  # {measure: its scores} of those that are not called as their measure
  'precision_recall': ('precision', 'recall'),
  'density_coverage': ('density', 'coverage'),
  'classes': ('confidence', 'classes_covered', 'class_entropy'),
  'modes': ('modes_covered', 'reverse_kl'),
  'augmentation_score': ('few_accuracy', 'augmented_accuracy'),
}
OF_POINTS = (
  *('modes_covered', 'high_quality', 'energy_distance', 'sliced_wasserstein', 'jensen_shannon', 'reverse_kl'),
)


def check(config: ConfigDict, score: str) -> None:
  """Raises UserError for a score that no run of this config writes."""
  options = config.evaluate
  if not options.num_images:
    raise errors.UserError(
      f'no run writes {score}: evaluate.num_images is 0; --config.evaluate.num_images=1000 scores so many'
    )
  if config.data.name == 'toy':
    known = ['d_error', *OF_POINTS, *(f'{name}_rejection' for name in OF_POINTS if options.rejection)]
  elif config.gan.name in ('latent', 'conditional'):
    named = {name: WRITTEN.get(name, (name,)) for name in measures.MEASURES}
    if score in (one for some in named.values() for one in some):
      needed = next(name for name, some in named.items() if score in some)
      if needed not in options.measures:
        more = ','.join([*options.measures, needed])
        raise errors.UserError(f'no run writes {score}: --config.evaluate.measures={more} does')
    known = [one for name in options.measures for one in WRITTEN.get(name, (name,))]
  else:
    return
  if score not in known:
    raise errors.unknown('score, which no run of this config writes,', score, known)
