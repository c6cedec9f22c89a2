"""Does a generator copy the images that it has learned from?"""

from gan_jax import errors
from gan_jax.evaluation import intervals
from gan_jax.evaluation.metrics import memorisation
from gan_jax.evaluation.sample import Sample


def copying(generated: Sample, real: Sample, sure: bool) -> dict:
  """'nearest', 'nearest_real', 'closer' of metrics.memorisation, in the network's features.

  The interval of 'closer' is that of two sets of one law. Raises UserError where no real images are held out.
  """
  if real.other is None:
    raise errors.UserError('the measure copying needs real images that G has not learned from: a test split')
  learned, held_out = (real, real.other) if real.learned else (real.other, real)
  found = memorisation.copying(learned.features, held_out.features, generated.features)
  spread = (found['closer'] - 0.5) / found['closer_z'] if found['closer_z'] else 0.0
  closer = found['closer'], intervals.of_error(found['closer'], spread)
  return {
    'nearest': (found['nearest'], None),
    'nearest_real': (found['nearest_real'], None),
    'closer': closer,
  }
