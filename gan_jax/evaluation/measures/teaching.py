"""What a classifier learns from generated images: they as a data set, alone or beside a few real ones."""

import numpy as np
from jaxtyping import Integer

from gan_jax import errors
from gan_jax.data.dataset import Dataset
from gan_jax.evaluation import intervals
from gan_jax.evaluation.networks import classifier
from gan_jax.evaluation.sample import Sample

FEW = 100  # real images of each class
STEPS = 600  # of each classifier, however many images it learns from: more steps teach more, too


def accuracy_score(generated: Sample, real: Sample, sure: bool) -> dict:
  """'accuracy_score': of real images, by a classifier that has learned from generated ones alone.

  Ravuri and Vinyals 2019, https://arxiv.org/abs/1905.10887. Raises UserError for sets without labels.
  """
  _check('accuracy_score', generated, real)
  return {'accuracy_score': _learned([_arrays(generated)], _arrays(real))}


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
  images, labels = _arrays(learned)
  chosen, test = _few(labels), _arrays(held_out)
  few = images[chosen], labels[chosen]
  return {
    'few_accuracy': _learned([few], test),
    'augmented_accuracy': _learned([few, _arrays(generated)], test),
  }


def _few(labels: Integer[np.ndarray, ' N']) -> Integer[np.ndarray, ' M']:
  """The first FEW of each class that is known; all of those that have fewer."""
  return np.sort(np.concatenate([np.flatnonzero(labels == k)[:FEW] for k in np.unique(labels[labels >= 0])]))


def _arrays(sample):
  """(images, labels) of a Sample."""
  return np.asarray(sample.images()), np.asarray(sample.conditions['label'])


def _learned(sources, test):
  """(accuracy on (images, labels), its interval) of what has learned from several of those."""
  names = tuple(map(str, range(int(max(labels.max() for _, labels in (*sources, test))) + 1)))
  accuracy = classifier.of(_dataset(sources, names), _dataset([test], names), steps=STEPS).accuracy
  return accuracy, intervals.of_error(accuracy, np.sqrt(accuracy * (1 - accuracy) / len(test[1])))


def _dataset(sources, names):
  """One Dataset of all images with their labels."""
  images, labels = (np.concatenate(some) for some in zip(*sources, strict=True))
  arrays = {'image': images, 'label': labels.astype(np.int32)}
  return Dataset(arrays, len(images), 1, images.shape[1:], label_names=names)


def _check(measure, generated, real):
  if 'label' not in generated.conditions or 'label' not in real.conditions:
    raise errors.UserError(
      f'the measure {measure} needs a GAN that is asked for labels, of data that have them: it learns from'
      ' them'
    )
