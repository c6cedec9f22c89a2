"""A judge that reads off images what is known of the real ones: labels, attributes, numbers, places.

It learns from real images, once for the same data, and is no part of any game.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
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

STEPS, RATE, RECIPE = 3_000, 2e-3, 2  # mouths are a few pixels: 800 steps read a smile in 60 % of faces
Read = Mapping[str, Float[Array, 'B K']]


class Judge(NamedTuple):
  """What reads images: `read(params, images in [-1, 1] [B, H, W, C])` -> {name: [B, K]}.

  Those are probabilities of K classes of 'label', or of each of K 'attributes'; K real 'values'; places of
  'box' or 'keypoints', in [0, 1].
  """

  read: Callable
  params: Any
  weights: str  # the beginning of a hash of them


class Reading(nn.Module):
  """Images to what the numbers of all names are made of, side by side [B, K]."""

  outputs: int
  widths: tuple[int, ...] = (24, 48, 96, 96)

  @nn.compact
  def __call__(self, images: Float[Array | np.ndarray, 'B H W C']) -> Float[Array, 'B K']:
    hidden = images
    for width in self.widths:
      hidden = nn.relu(layers.Conv(width, kernel_init=nn.initializers.he_normal())(hidden))
    hidden = nn.relu(nn.Dense(128)(hidden.reshape(len(images), -1)))
    return nn.Dense(self.outputs)(hidden)


def make(
  names: Sequence[str], data: Dataset, cache: str = '', seed: int = 0, steps: int | None = None
) -> Judge:
  """The Judge of arrays [B, ...] by `names` that the batches of `data` have.

  Of boxes it learns the least distances, of values the least squares, of all else the cross entropy, in STEPS
  by default. With a `cache`, a folder, it learns but once.
  """
  spec, steps = data.spec(), steps or STEPS
  size = lambda name: spec.num_classes if name == 'label' else int(np.prod(spec.shape(name)))
  widths = {name: size(name) for name in names}
  model = Reading(sum(widths.values()))

  def parts(outputs):
    ends = np.cumsum(list(widths.values()))[:-1]
    return dict(zip(widths, jnp.split(outputs, ends, -1), strict=True))

  def loss(outputs, batch):
    return sum(_loss(name, found, batch[name]) for name, found in parts(outputs).items())

  @jax.jit
  def read(params, images):
    return {name: _numbers(name, found) for name, found in parts(model.apply(params, images)).items()}

  images = RealImages(data, 500)  # of so many, drawn at random, are the data known again
  values = [np.asarray(images.values(name)).tobytes() for name in names]
  key = [RECIPE, learning.RECIPE, list(names), seed, steps, data.size, images.digest, kept.digest(*values)]
  fit = lambda: kept.flat(learning.fit(model, data, loss, seed, steps, shift=False, rate=RATE))
  found = kept.arrays(cache, 'reading', key, fit)
  return Judge(read, kept.nested(found), kept.digest(*(array.tobytes() for array in found.values())))


def _numbers(name, outputs):
  """What a judge says of its outputs."""
  as_numbers = {'label': nn.softmax, 'values': lambda values: values}
  return as_numbers.get(name, nn.sigmoid)(outputs)


def _loss(name, outputs, target):
  if name == 'label':
    return learning.of_known(outputs, target)
  target = target.reshape(outputs.shape)
  if name == 'values':
    return ((outputs - target) ** 2).mean()
  if name == 'box':  # ten times: a hundredth of the image should weigh as much as an attribute in doubt
    return 10 * jnp.abs(nn.sigmoid(outputs) - target).mean()
  return optax.sigmoid_binary_cross_entropy(outputs, target).mean()
