"""Real images of one split, of which some stand for all: drawn at random, the same each time."""

import functools
from collections.abc import Sequence

import numpy as np
from jaxtyping import Integer, UInt8

from gan_jax.data import law
from gan_jax.data.dataset import Dataset, to_uint8
from gan_jax.evaluation import kept

SEED = 0
BLOCK = 500  # images that are read at a time
LABELS = ('label', 'attributes', 'values')


class RealImages:
  """`count` images of a Dataset, as uint8, in an order of their own: folders are sorted by class."""

  def __init__(self, dataset: Dataset, most: int = 10_000):
    self.dataset = dataset
    drawn = dataset.size > law.MANY  # without end: any are as good
    order = np.arange(most) if drawn else np.random.default_rng(SEED).permutation(dataset.size)
    self._chosen = order[:most]
    self.count = len(self._chosen)

  def part(self, start: int, stop: int) -> 'RealImages':
    """Those from `start` on, before `stop`."""
    some = RealImages(self.dataset, 0)
    some._chosen = self._chosen[start:stop]
    some.count = len(some._chosen)
    return some

  def images(self, indices: Integer[np.ndarray, ' B'] | Sequence[int]) -> UInt8[np.ndarray, 'B H W C']:
    """Those of range(count) with these indices."""
    return np.asarray(to_uint8(self.dataset.examples(self._chosen[indices])['image']))

  def all(self) -> UInt8[np.ndarray, 'N H W C']:
    """All of them at once."""
    return np.concatenate([self.images(indices) for indices in self._blocks()])

  def values(self, name: str) -> np.ndarray | None:
    """Their labels, attributes or real values; None if they have none."""
    if not self.count or name not in self.dataset.gather([0]):
      return None
    return np.concatenate([self.dataset.gather(self._chosen[indices])[name] for indices in self._blocks()])

  @functools.cached_property
  def digest(self) -> str:
    """Of their bytes and labels: what tells them from all others."""
    shape = repr(
      (self.count, self.dataset.image_shape, self.dataset.label_names, self.dataset.attribute_names)
    )
    labels = [found.tobytes() for name in LABELS if (found := self.values(name)) is not None]
    return kept.digest(shape.encode(), *labels, *(self.images(some).tobytes() for some in self._blocks()))

  def _blocks(self):
    starts = range(0, self.count, BLOCK)
    return [np.arange(start, min(start + BLOCK, self.count)) for start in starts]
