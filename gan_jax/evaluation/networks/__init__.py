"""Networks whose features images are compared by, with one interface: see `Network` and `make`."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Integer, UInt8

from gan_jax.configs import lookup
from gan_jax.data.dataset import Dataset

NAMES = ('classifier', 'channels', 'inception', 'random')
BATCH = 250  # images that a network sees at once
Images = UInt8[Array | np.ndarray, 'N H W C']


class Seen(NamedTuple):
  """What a network makes of N images."""

  features: Float[np.ndarray, 'N D']
  probabilities: Float[np.ndarray, 'N ... K'] | None  # of its classes; [N, K, 2] of K attributes


@dataclasses.dataclass(frozen=True, eq=False)
class Network:
  """A network with fixed weights; equal ones have an equal `name`, `weights` and `resize`."""

  name: str
  weights: str  # the beginning of a hash of them
  resize: str  # what it does with the size of images first
  look: Callable  # uint8 images [BATCH, H, W, C] -> (features [BATCH, D], probabilities [BATCH, ...] or None)
  accuracy: float | None = None  # of a classifier, on images that it has not learned from

  def see(self, images: Images) -> Seen:
    """Features and probabilities of uint8 images, on the host."""
    return self.see_each(lambda indices: images[indices], len(images))

  def see_each(self, images: Callable[[Integer[np.ndarray, ' B']], Images], count: int) -> Seen:
    """The same of `images(indices)` for range(count)."""
    columns = zip(*self.parts(images, count), strict=True)
    return Seen(*(None if some[0] is None else np.concatenate(some) for some in columns))

  def parts(self, images: Callable[[Integer[np.ndarray, ' B']], Images], count: int) -> Iterator[Seen]:
    """The same, a batch at a time; the last is filled up, so that one shape alone is compiled."""
    for start in range(0, count, BATCH):
      indices = np.minimum(np.arange(start, start + BATCH), count - 1)
      found = jax.device_get(self.look(np.asarray(images(indices))))
      yield Seen(*(None if array is None else array[: count - start] for array in found))


def make(name: str, options: Any, dataset: Dataset | None, test_set: Dataset | None) -> Network:
  """The network `name`: a module here, or a dotted path of one's own, with a function `make` as this.

  `options` are config.evaluate; a classifier learns from the dataset's labels and is tested by the test set.
  Raises UserError.
  """
  return lookup.module('evaluation.networks', name, 'make').make(options, dataset, test_set)
