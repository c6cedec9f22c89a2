"""A network that has learned nothing, with the weights of one fixed seed: for images of any kind.

Its features tell textures and places apart, not objects; enough to see one GAN improve, and to compare GANs
on one set of images where no labels and no published weights are at hand.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp

from gan_jax.data.dataset import Dataset, to_float
from gan_jax.evaluation import networks
from gan_jax.evaluation.networks import learning

SEED, FEATURES = 20_261_124, 256


def make(options: Any, dataset: Dataset | None, test_set: Dataset | None) -> networks.Network:
  """The network: features [256], no classes. It needs no data."""
  model = learning.Classifier((1,), FEATURES)

  @functools.cache
  def params(shape):
    return model.init(jax.random.key(SEED, impl='rbg'), jnp.zeros((1, *shape)))

  @jax.jit
  def seen(params, images):
    return model.apply(params, to_float(images))[1]

  look = lambda images: (seen(params(images.shape[1:]), images), None)
  return networks.Network('random', f'seed {SEED}, recipe {learning.RECIPE}', 'none', look)
