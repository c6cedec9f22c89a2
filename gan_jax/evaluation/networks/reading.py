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
from gan_jax.runs import trees

STEPS, RATE, RECIPE = 3_000, 2e-3, 3  # mouths are a few pixels: 800 steps read a smile in 60 % of faces
PLACED = 900  # where boxes tell where to look: named attributes of held-out faces are read in 99.8 %
MARGIN = 0.4  # hair and hats are beside the box of a head, and above it
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
  """Images to what the numbers of each name are made of: {name: [B, K]} for K = outputs[name].

  Where 'box' is one of them, all else is read inside of the box that has been found, with a margin: of drawn
  faces anywhere 500 steps then teach to read mouths, which 3,000 do not of whole images.
  """

  outputs: Mapping[str, int]

  @nn.compact
  def __call__(self, images: Float[Array | np.ndarray, 'B H W C']) -> dict[str, Float[Array, 'B _']]:
    found, others = {}, {name: count for name, count in self.outputs.items() if name != 'box'}
    if 'box' in self.outputs:
      found['box'] = Seeing(self.outputs['box'])(images)
      size = tuple(-(-3 * side // 4) for side in images.shape[1:3])
      images = layers.crop(images, around(jax.lax.stop_gradient(nn.sigmoid(found['box']))), size)
    if others:
      ends = np.cumsum(list(others.values()))[:-1]
      found |= zip(others, jnp.split(Seeing(sum(others.values()))(images), ends, -1), strict=True)
    return found


class Seeing(nn.Module):
  """Images to numbers [B, outputs]."""

  outputs: int
  widths: tuple[int, ...] = (24, 48, 96, 96)

  @nn.compact
  def __call__(self, images: Float[Array, 'B H W C']) -> Float[Array, 'B {self.outputs}']:
    hidden = images
    for width in self.widths:
      hidden = nn.relu(layers.Conv(width, kernel_init=nn.initializers.he_normal())(hidden))
    hidden = nn.relu(nn.Dense(128)(hidden.reshape(len(images), -1)))
    return nn.Dense(self.outputs)(hidden)


def around(boxes: Float[Array, 'B 4']) -> Float[Array, 'B 4']:
  """Boxes (top, left, bottom, right) that are larger by MARGIN of a side at each end."""
  low, high = boxes[:, :2], boxes[:, 2:]
  more = MARGIN * (high - low)
  return jnp.concatenate([low - more, high + more], 1)


def make(
  names: Sequence[str], data: Dataset, cache: str = '', seed: int = 0, steps: int | None = None
) -> Judge:
  """The Judge of arrays [B, ...] by `names` that the batches of `data` have.

  Of boxes it learns the least distances, of values the least squares, of all else the cross entropy, in STEPS
  by default, or PLACED where there are boxes. With a `cache`, a folder, it learns but once.
  """
  spec, steps = data.spec(), steps or (PLACED if 'box' in names else STEPS)
  size = lambda name: spec.num_classes if name == 'label' else int(np.prod(spec.shape(name)))
  model = Reading({name: size(name) for name in names})

  def loss(outputs, batch):
    return sum(_loss(name, found, batch[name]) for name, found in outputs.items())

  @jax.jit
  def read(params, images):
    return {name: _numbers(name, found) for name, found in model.apply(params, images).items()}

  images = RealImages(data, 500)  # of so many, drawn at random, are the data known again
  values = [np.asarray(images.values(name)).tobytes() for name in names]
  key = [RECIPE, learning.RECIPE, list(names), seed, steps, data.size, images.digest, kept.digest(*values)]
  key.append(learning.varied(data))
  fit = lambda: trees.on_host(learning.fit(model, data, loss, seed, steps, shift=False, rate=RATE))
  found = kept.arrays(cache, 'reading', key, fit)
  return Judge(read, trees.nested(found), kept.digest(*(array.tobytes() for array in found.values())))


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
