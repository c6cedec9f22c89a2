"""A small classifier, trained on the labelled real images: no download, any image size.

Its features and probabilities depend on the set that it has learned from: compare scores by one only.
"""

from typing import Any

import jax
import numpy as np
from flax import linen as nn

from gan_jax import errors
from gan_jax.data.dataset import Dataset, to_float
from gan_jax.evaluation import kept, networks
from gan_jax.evaluation.networks import learning
from gan_jax.evaluation.real import RealImages
from gan_jax.runs import trees


def make(options: Any, dataset: Dataset | None, test_set: Dataset | None) -> networks.Network:
  """The network of the dataset's labels, or else its binary attributes; the same for the same data.

  It is trained once and kept in `options.cache`. Raises UserError for data without labels.
  """
  if dataset is None:
    raise errors.UserError(
      'the network classifier learns from labelled images, and none are given: take another network'
    )
  return of(dataset, test_set or dataset, options.cache)


def of(
  dataset: Dataset,
  test_set: Dataset,
  cache: str = '',
  seed: int = 0,
  steps: int | None = None,
) -> networks.Network:
  """The network after `steps` batches of the dataset, see learning.fit; with a `cache` it learns but once.

  Its accuracy is that on the test set, None where that is the dataset itself. Raises UserError.
  """
  target, outputs = learning.task(dataset)
  real, test = RealImages(dataset), RealImages(test_set)
  if len(np.unique(real.values(target), axis=0)) < 2:
    raise errors.UserError('a classifier needs two classes or more, and the real images are all of one')
  if test.values(target) is None:
    raise errors.UserError(
      f'the test images have no {target}, by which a classifier is tested: put them into sub-folders, or into'
      ' the table, too, or take another evaluate.network'
    )
  key = [learning.RECIPE, seed, steps, dataset.size, target, real.digest, test.digest]
  key.append(learning.varied(dataset))
  model = learning.Classifier(outputs)

  def train():
    params = learning.fit(model, dataset, learning.loss_of(target, dataset), seed, steps)
    read = network(model, params).see_each(test.images, test.count).probabilities
    hits, true = read.argmax(-1) == test.values(target), test.values(target)
    accuracy = hits[true >= 0].mean() if target == 'label' else hits.mean()
    return {**trees.on_host(params), 'accuracy': np.array(float(accuracy))}

  found = kept.arrays(cache, 'classifier', key, train)
  accuracy = float(found.pop('accuracy'))
  return network(model, trees.nested(found), None if test_set is dataset else accuracy)


def network(
  model: learning.Classifier, params: dict[str, Any], accuracy: float | None = None
) -> networks.Network:
  """The Network of a classifier with these params."""

  @jax.jit
  def look(images):
    logits, features = model.apply(params, to_float(images))
    return features, nn.softmax(logits)

  weights = kept.digest(*(array.tobytes() for array in trees.on_host(params).values()))
  return networks.Network('classifier', weights, 'none', look, accuracy)
