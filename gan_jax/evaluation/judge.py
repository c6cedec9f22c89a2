"""An independent judge of generated images: a small classifier, trained on the labelled real ones.

No download, and any image size. Its features serve for a Frechet distance, its probabilities for an Inception
score and for counting classes. These are not an Inception network's scores: they depend on the judge and on
the number of images. Compare them for one set, seed and `num_images`, beside those that real images get.
"""

import dataclasses
from collections.abc import Callable

import jax
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float
from scipy import special

from gan_jax import errors
from gan_jax.data.dataset import Dataset
from gan_jax.evaluation.classifier import Classifier, fit, task
from gan_jax.evaluation.metrics import frechet

Images = Float[Array | np.ndarray, 'N H W C']
Probabilities = Float[np.ndarray, 'N ... K']
BATCH = 250  # images that the trained judge sees at once
MAX_REAL = 10_000  # real images of a split, drawn at random, that stand for all of it


@dataclasses.dataclass(frozen=True, eq=False)
class Judge:
  """A trained classifier, and what it makes of the real images."""

  image_shape: tuple[int, ...]
  look: Callable  # jitted: images [BATCH, H, W, C] to features [BATCH, D] and probabilities [BATCH, ...]
  accuracy: float  # on real test images
  train_features: Float[np.ndarray, 'N D']
  test_moments: frechet.Moments  # of the features of real test images
  test_probabilities: Float[np.ndarray, 'M ... K']

  def features_and_probabilities(self, images: Images) -> tuple[Float[np.ndarray, 'N D'], Probabilities]:
    """Features and probabilities, [N, K] or [N, K, 2] of K attributes, of images in [-1, 1]."""
    images = np.asarray(images)
    return _in_batches(lambda indices: self.look(images[indices]), len(images))


def train(
  train_set: Dataset, test_set: Dataset, seed: int = 0, steps: int | None = None, batch_size: int = 128
) -> Judge:
  """A Judge by the labels of these Datasets, or else by their binary attributes; the same for the same seed.

  By default 300 to 600 steps, more for larger sets. Raises UserError if the Datasets have neither.
  """
  target, outputs = task(train_set)
  steps = steps or min(max(train_set.size // 100, 300), 600)
  classifier = Classifier(outputs)
  train_set, test_set = jax.device_put((train_set.replace(batch_size=batch_size), test_set))
  params = fit(classifier, train_set, target, seed, steps)

  @jax.jit
  def look(images):
    logits, features = classifier.apply(params, images)
    return features, nn.softmax(logits)

  train_features, _, _ = _look_at(look, train_set, target, seed)
  test_features, test_probabilities, truth = _look_at(look, test_set, target, seed)
  accuracy = float((test_probabilities.argmax(-1) == truth).mean())
  test_moments = frechet.moments(test_features)
  return Judge(train_set.image_shape, look, accuracy, train_features, test_moments, test_probabilities)


def score(judge: Judge, images: Images) -> dict[str, float]:
  """The scores of generated images in [-1, 1], N > 1.

  fid: Frechet distance between the features of the generated and of the real test images.
  fid_floor: the same of N real training images (of all, if there are fewer), to read `fid` against: with few
    images both are far above 0, for the estimate is biased (see frechet.py). The judge has learnt from
    these very images, so that on a small set fresh images can come out a little below the floor.
  inception_score, inception_score_real: of the generated and of the real test images.
  confidence: mean probability of the most probable class.
  classes_covered: classes whose share of the generated images is at least half their share of the real test
    images, both as the judge sees them (the most probable class), of the num_classes that the real ones show.
  class_entropy: of the classes' shares, in nats: log(num_classes) if all are equally frequent.
  judge_accuracy: on the real test images.

  K attributes are K classifications with two classes each: entropies, confidence and log Inception scores
  are means over them, and num_classes is at most 2K. Raises UserError for images that cannot be judged.
  """
  images = np.asarray(images)
  _check(images, judge.image_shape)
  features, probabilities = judge.features_and_probabilities(images)
  shares, real_shares = _shares(probabilities), _shares(judge.test_probabilities)
  return {
    'fid': frechet.distance(frechet.moments(features), judge.test_moments),
    'fid_floor': frechet.distance(frechet.moments(judge.train_features[: len(images)]), judge.test_moments),
    'inception_score': inception_score(probabilities),
    'inception_score_real': inception_score(judge.test_probabilities),
    'confidence': float(probabilities.max(-1).mean()),
    'classes_covered': classes_covered(shares, real_shares),
    'num_classes': int((real_shares > 0).sum()),
    'class_entropy': float(special.entr(shares).sum(-1).mean()),
    'judge_accuracy': judge.accuracy,
    'num_images': len(images),
  }


def inception_score(probabilities: Probabilities) -> float:
  """exp E[KL(p(class | image) | p(class))]: between 1 and K, over all N at once.

  Salimans et al. 2016, sec. 4: https://arxiv.org/abs/1606.03498 (there the mean over ten parts).
  """
  probabilities = np.asarray(probabilities, np.float64)
  return float(np.exp(special.rel_entr(probabilities, probabilities.mean(0)).sum(-1).mean()))


def classes_covered(shares: Float[np.ndarray, '... K'], real_shares: Float[np.ndarray, '... K']) -> int:
  """How many of the classes that have a real share have at least half of it."""
  return int(((real_shares > 0) & (shares >= real_shares / 2)).sum())


def _shares(probabilities):
  """For each class, the share of images [..., K] for which it is the most probable one."""
  return np.eye(probabilities.shape[-1])[probabilities.argmax(-1)].mean(0)


def _look_at(look, data, target, seed):
  """(features, probabilities, targets) of the examples of a Dataset, or of MAX_REAL of them."""
  chosen = np.random.default_rng(seed).permutation(data.size)[:MAX_REAL]  # folders are sorted by class

  def judged(indices):
    batch = data.examples(chosen[indices])
    return *look(batch['image']), batch[target]

  return _in_batches(judged, len(chosen))


def _in_batches(function, count):
  """What `function(indices [BATCH])`, a tuple of arrays, gives for range(count), on the host.

  The last batch is filled up with the last index, so that one shape alone is compiled.
  """
  parts = []
  for start in range(0, count, BATCH):
    indices = np.minimum(np.arange(start, start + BATCH), count - 1)
    parts.append([np.asarray(array)[: count - start] for array in function(indices)])
  return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))


def _check(images, image_shape):
  if images.shape[1:] != image_shape:
    raise errors.UserError(f'the judge knows images of {image_shape}, not {images.shape[1:]}: set data.size')
  if len(images) < 2:
    raise errors.UserError(f'{len(images)} images are too few to be judged: give two or more')
  if not np.isfinite(images).all():
    raise errors.UserError('the generated images are not finite: the run has diverged, start it anew')
