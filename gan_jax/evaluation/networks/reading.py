"""A judge that reads off images what is known of the real ones: where things are, which attributes they have.

It learns from real images, once for the same data, and is no part of any game.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.data.dataset import Dataset
from gan_jax.evaluation import kept
from gan_jax.evaluation.networks import learning
from gan_jax.evaluation.real import RealImages
from gan_jax.models import layers

STEPS, RECIPE = 800, 1
Read = Mapping[str, Float[Array, 'B K']]


class Judge(NamedTuple):
  """What reads images: `read(params, images in [-1, 1] [B, H, W, C])` -> {name: [B, K] in [0, 1]}."""

  read: Callable
  params: Any


class Reading(nn.Module):
  """Images to the logits of numbers in [0, 1], all names side by side [B, K]."""

  outputs: int
  widths: tuple[int, ...] = (24, 48, 96, 96)

  @nn.compact
  def __call__(self, images: Float[Array | np.ndarray, 'B H W C']) -> Float[Array, 'B K']:
    hidden = images
    for width in self.widths:
      hidden = nn.relu(layers.Conv(width, kernel_init=nn.initializers.he_normal())(hidden))
    hidden = nn.relu(nn.Dense(128)(hidden.reshape(len(images), -1)))
    return nn.Dense(self.outputs)(hidden)


def make(names: Sequence[str], data: Dataset, cache: str = '', seed: int = 0, steps: int = STEPS) -> Judge:
  """The Judge of arrays [B, K] by `names` that the batches of `data` have, numbers in [0, 1].

  Of boxes it learns the least distances, of attributes the cross entropy. With a `cache`, a folder, it learns
  but once.
  """
  spec = data.spec()
  widths = {name: int(np.prod(spec.shape(name))) for name in names}
  model = Reading(sum(widths.values()))

  def parts(logits):
    ends = np.cumsum(list(widths.values()))[:-1]
    return dict(zip(widths, jnp.split(logits, ends, -1), strict=True))

  def loss(logits, batch):
    found = parts(logits)
    return sum(_loss(name, found[name], batch[name].reshape(found[name].shape)) for name in names)

  def read(params, images):
    return {name: nn.sigmoid(some) for name, some in parts(model.apply(params, images)).items()}

  images = RealImages(data, 500)  # of so many, drawn at random, are the data known again
  values = [np.asarray(images.values(name)).tobytes() for name in names]
  key = [RECIPE, learning.RECIPE, list(names), seed, steps, data.size, images.digest, kept.digest(*values)]
  fit = lambda: kept.flat(learning.fit(model, data, loss, seed, steps, shift=False))
  return Judge(read, kept.nested(kept.arrays(cache, 'reading', key, fit)))


def _loss(name, logits, target):
  if name == 'box':  # ten times: a hundredth of the image should weigh as much as an attribute in doubt
    return 10 * jnp.abs(nn.sigmoid(logits) - target).mean()
  return optax.sigmoid_binary_cross_entropy(logits, target).mean()
