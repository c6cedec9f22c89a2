"""How many of all combinations of classes generated images show: modes, where each channel has a class."""

import numpy as np

from gan_jax import errors
from gan_jax.evaluation import intervals
from gan_jax.evaluation.metrics import modes
from gan_jax.evaluation.sample import Sample

MOST = 2**20  # combinations, of which more could not be counted


def covered(generated: Sample, real: Sample, sure: bool) -> dict:
  """Of the most probable class of each channel, attribute or, where there is but one, image:

  'modes_covered': of the 'num_modes' combinations, those that some image has; 'reverse_kl': of their shares
  from uniform ones, in nats; 'reverse_kl_floor': its mean over simulated sets of as many uniform samples.
  Raises UserError where combinations are too many.
  """
  num_classes = generated.probabilities.shape[-1]
  classes = generated.probabilities.argmax(-1).reshape(generated.count, -1)
  num_modes = num_classes ** classes.shape[1]
  if num_modes > MOST:
    raise errors.UserError(
      f'the measure modes counts up to {MOST:,} combinations of classes, and here are {num_classes} to the'
      f' power of {classes.shape[1]}: leave it out of evaluate.measures'
    )
  found = modes.counts(classes, num_classes)
  again = None
  if sure:  # the bootstrap, by counts: each image drawn anew is of a class with the class's share
    shares, draw = found / generated.count, np.random.default_rng(0)
    again = draw.multinomial(generated.count, shares, intervals.REPLICATES)
  scores = {'modes_covered': _covered, 'reverse_kl': modes.reverse_kl}
  around = lambda value, of: intervals.around(value, of(again)) if sure else None
  return {
    **{name: (value, around(value, of)) for name, of in scores.items() for value in [float(of(found))]},
    'reverse_kl_floor': (modes.floor(num_modes, generated.count), None),
    'num_modes': (num_modes, None),
  }


def _covered(counts):
  return (counts > 0).sum(-1)
