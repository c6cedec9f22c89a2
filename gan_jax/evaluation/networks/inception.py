"""The Inception-v3 that published FIDs are measured with, its weights from a file of the user's."""

from typing import Any

import jax
import numpy as np

from gan_jax import errors
from gan_jax.data.dataset import Dataset
from gan_jax.evaluation import networks
from gan_jax.evaluation.inception import network, weights

RESIZE = 'bilinear as TensorFlow 1, to 299x299'


def make(options: Any, dataset: Dataset | None, test_set: Dataset | None) -> networks.Network:
  """The network with the weights in the file `options.weights`; grey images are given to it three times.

  Raises UserError for a file that is not there, or that is none of weights.
  """
  params, digest = weights.load(options.weights)
  params, seen = jax.device_put(params), network.program()

  def look(images):
    channels = images.shape[-1]
    if channels not in (1, 3):
      raise errors.UserError(f'the inception network sees 1 or 3 channels, and these images have {channels}')
    return seen(params, np.repeat(images, 3, -1) if channels == 1 else images)

  name = digest[:16] if weights.known(digest) else f'{digest[:16]} (not the published ones)'
  return networks.Network('inception', name, RESIZE, look)
