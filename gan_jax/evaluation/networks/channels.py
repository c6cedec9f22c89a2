"""The judge of stacked images: a classifier of single channels, which reads each of them by itself.

Its features stand side by side [C * D], its probabilities are [C, K], so that an image is one of K^C classes.
As in the protocol of PacGAN (Lin et al. 2018, sec. 4.2, https://arxiv.org/abs/1712.04086), whose judge reads
99.25 % of the test digits (https://github.com/fjxmlzn/PacGAN); `accuracy` is that of this one, by channel.
"""

from typing import Any

import jax.numpy as jnp

from gan_jax import errors
from gan_jax.data.dataset import Dataset
from gan_jax.data.stacked import Stacked
from gan_jax.evaluation import networks
from gan_jax.evaluation.networks import classifier, learning

LONGER = 4  # times as many steps as other classifiers learn: an error in a channel is a wrong class


def make(options: Any, dataset: Dataset | None, test_set: Dataset | None) -> networks.Network:
  """The network of the grey images that `dataset` stacks, learned once and kept in `options.cache`.

  Raises UserError for data that are not stacked.
  """
  if not isinstance(dataset, Stacked):
    raise errors.UserError(
      'the network channels reads stacked images: set data.name=stacked, or evaluate.network=classifier'
    )
  held_out = test_set.grey if isinstance(test_set, Stacked) else dataset.grey
  return of(dataset.grey, held_out, options.cache)


def of(grey: Dataset, held_out: Dataset, cache: str = '', steps: int | None = None) -> networks.Network:
  """The network of a labelled grey set, for images of any number of channels; see classifier.of."""
  steps = steps or LONGER * learning.length(grey)
  single = classifier.of(grey, held_out, cache, steps=steps)

  def look(images):
    count, *_, channels = images.shape
    planes = jnp.moveaxis(jnp.asarray(images), -1, 1).reshape(count * channels, *images.shape[1:3], 1)
    features, probabilities = single.look(planes)
    return features.reshape(count, -1), probabilities.reshape(count, channels, -1)

  return networks.Network('channels', single.weights, single.resize, look, single.accuracy)
