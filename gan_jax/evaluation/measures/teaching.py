"""What a classifier learns from generated images: they as a data set, alone or beside a few real ones."""

import numpy as np
from jaxtyping import Integer

from gan_jax import errors
from gan_jax.data.dataset import Dataset
from gan_jax.evaluation import intervals
from gan_jax.evaluation.networks import classifier
from gan_jax.evaluation.sample import Sample

FEW = 100  # real images of each class


def accuracy_score(generated: Sample, real: Sample, sure: bool) -> dict:
  """'accuracy_score': of real images, by a classifier that has learned from generated ones alone.

  Ravuri and Vinyals 2019, https://arxiv.org/abs/1905.10887. Raises UserError for sets without labels.
  """
  _check('accuracy_score', generated, real)
  return {'accuracy_score': _learned([(generated, None)], real)}


def augmentation_score(generated: Sample, real: Sample, sure: bool) -> dict:
  """What generated images add to a few real ones, by what classifiers read of held-out real images.

  'few_accuracy' of one that has learned from FEW training images of each class, 'augmented_accuracy' of one
  that has learned from these and all generated ones. Raises UserError for sets without labels, or where no
  real images are held out.
  """
  _check('augmentation_score', generated, real)
  if real.other is None:
    raise errors.UserError('the measure augmentation_score needs two splits of real images: train and test')
  learned, held_out = (real, real.other) if real.learned else (real.other, real)
  few = learned, _few(np.asarray(learned.conditions['label']))
  return {
    'few_accuracy': _learned([few], held_out),
    'augmented_accuracy': _learned([few, (generated, None)], held_out),
  }


def _few(labels: Integer[np.ndarray, ' N']) -> Integer[np.ndarray, ' M']:
  """The first FEW of each class that is known; all of those that have fewer."""
  return np.sort(np.concatenate([np.flatnonzero(labels == k)[:FEW] for k in np.unique(labels[labels >= 0])]))


def _learned(sources, real):
  """(accuracy on the images `real`, its interval) of what has learned from (Sample, indices or None: all)."""
  count = int(max(sample.conditions['label'].max() for sample in (*(some for some, _ in sources), real))) + 1
  names = tuple(map(str, range(count)))
  accuracy = classifier.of(_dataset(sources, names), _dataset([(real, None)], names)).accuracy
  return accuracy, intervals.of_error(accuracy, np.sqrt(accuracy * (1 - accuracy) / real.count))


def _dataset(sources, names):
  """One Dataset of all images with their labels."""
  pick = lambda array, chosen: np.asarray(array) if chosen is None else np.asarray(array)[chosen]
  images = np.concatenate([pick(sample.images(), chosen) for sample, chosen in sources])
  labels = np.concatenate([pick(sample.conditions['label'], chosen) for sample, chosen in sources])
  arrays = {'image': images, 'label': labels.astype(np.int32)}
  return Dataset(arrays, len(images), 1, images.shape[1:], label_names=names)


def _check(measure, generated, real):
  if 'label' not in generated.conditions or 'label' not in real.conditions:
    raise errors.UserError(
      f'the measure {measure} needs a GAN that is asked for labels, of data that have them: it learns from'
      ' them'
    )
