"""What a classifier says of generated images: are they recognised, and all classes made?"""

import numpy as np
from jaxtyping import Float
from scipy import special

from gan_jax.evaluation import intervals
from gan_jax.evaluation.metrics import inception
from gan_jax.evaluation.sample import Sample


def inception_score(generated: Sample, real: Sample, sure: bool) -> dict:
  """'inception_score' of all images at once; of K attributes the geometric mean."""
  value = inception.score(generated.probabilities)['inception_score']
  if not sure:
    return {'inception_score': (value, None)}
  probabilities = np.asarray(generated.probabilities, np.float64).reshape(generated.count, -1)
  kinds = generated.probabilities[0].size // generated.probabilities.shape[-1]  # attributes, or 1
  negentropies = -special.entr(probabilities).sum(1)
  shares = intervals.shares(generated.count)
  replicates = np.exp((shares @ negentropies + special.entr(shares @ probabilities).sum(1)) / kinds)
  return {'inception_score': (value, intervals.around(value, replicates))}


def shares(generated: Sample, real: Sample, sure: bool) -> dict:
  """Of the most probable classes, as the network sees both sets:

  'confidence': their mean probability; 'classes_covered': classes whose share is at least half of their share
  of the real images, of the 'num_classes' that those show; 'class_entropy': of the shares, in nats: log
  num_classes if all are equally frequent. K attributes are K classifications with two classes each.
  """
  chosen = _chosen(generated.probabilities)
  found, wanted = chosen.mean(0), _chosen(real.probabilities).mean(0)
  sure_of = generated.probabilities.max(-1).reshape(generated.count, -1).mean(1)
  covered, entropy = _covered(found, wanted), float(special.entr(found).sum(-1).mean())
  again = np.tensordot(intervals.shares(generated.count), chosen, 1) if sure else None
  around = lambda value, of: intervals.around(value, [of(some) for some in again]) if sure else None
  return {
    'confidence': (float(sure_of.mean()), intervals.of_mean(sure_of)),
    'classes_covered': (covered, around(covered, lambda some: _covered(some, wanted))),
    'class_entropy': (entropy, around(entropy, lambda some: special.entr(some).sum(-1).mean())),
    'num_classes': (int((wanted > 0).sum()), None),
  }


def _chosen(probabilities):
  """1 for the most probable class of each image, else 0: [N, ..., K]."""
  return np.eye(probabilities.shape[-1])[probabilities.argmax(-1)]


def _covered(shares: Float[np.ndarray, '... K'], real: Float[np.ndarray, '... K']) -> int:
  """How many of the classes that have a real share have at least half of it."""
  return int(((real > 0) & (shares >= real / 2)).sum())
