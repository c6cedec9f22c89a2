"""How batches reach the devices: from a set that lies there whole, or read ahead from its file.

A streamed run learns from the same batches in the same order as a resident one, from any step on.
"""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from flax import struct
from jaxtyping import Array
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.data.dataset import UNPAIRED, Dataset, Number
from gan_jax.data.decoding import shuffling
from gan_jax.devices.mesh import Layout

AHEAD = 64  # batches that are read before they are asked for


def feed(dataset: Dataset, layout: Layout, config: ConfigDict, start: int) -> Callable[[int, int], Any]:
  """(step, count) -> what has the batches of `count` steps from `step` on, on the devices; first of `start`.

  The set itself, if it has at most `data.max_resident_bytes`, and else a Window of a Stream. Raises UserError
  for copies with seeds of their own, each of which would need another stream.
  """
  if (size := sum(array.nbytes for array in dataset.arrays.values())) > config.data.max_resident_bytes:
    if config.population.seeds > 1:
      raise errors.UserError(
        f'population.seeds={config.population.seeds} needs the data on the devices:'
        f' data.max_resident_bytes={size}, or a run for each seed'
      )
    return Stream(dataset, layout, config.seed, config.train.d_steps, start)
  return Resident(layout.replicate(dataset))


class Resident:
  """(step, count) -> the set, which has all batches."""

  def __init__(self, placed: Dataset):
    self._placed = placed

  def __call__(self, step: int, count: int) -> Dataset:
    return self._placed

  def at(self, step: int) -> 'Resident':
    """The same, that goes on from a step."""
    return self


class Window(struct.PyTreeNode):
  """Some consecutive batches, with a Dataset's `batch`."""

  arrays: dict[str, Any]  # {name: [T, B, ...]}, as they are stored
  first: Any  # int32 []: the index of the first
  dataset: Dataset  # without its arrays

  def batch(self, seed: Number, index: Number) -> dict[str, Array]:
    """Batch `index`, one of those that are here; see Dataset.batch."""
    examples = {name: array[index - self.first] for name, array in self.arrays.items()}
    return self.dataset.finish(examples, seed, index)


class Stream:
  """(step, count) -> Window of the batches of `count` steps; each call continues where the last one ended.

  A process reads only the rows of a batch that its devices hold; grain reads ahead, on all cores.
  """

  def __init__(self, dataset: Dataset, layout: Layout, seed: int, per_step: int, start: int):
    import grain  # takes seconds, and is seldom needed

    self._dataset, self._layout, self._seed, self._per_step = dataset, layout, seed, per_step
    self.at = lambda step: Stream(dataset, layout, seed, per_step, step)  # the same, that goes on from a step
    self._rows = layout.rows(dataset.batch_size)
    self._next = start
    batches = grain.MapDataset.range(start * per_step, 2**31 - 1).map(self._read)
    options = grain.ReadOptions(num_threads=os.cpu_count() or 1, prefetch_buffer_size=AHEAD)
    self._batches = iter(batches.to_iter_dataset(options))

  def __call__(self, step: int, count: int) -> Window:
    if step != self._next:
      raise ValueError(f'a stream continues at step {self._next}, not from {step}')
    self._next = step + count
    parts = [next(self._batches) for _ in range(count * self._per_step)]
    stacked = {name: np.stack([part[name] for part in parts]) for name in parts[0]}
    arrays = self._layout.spread(stacked, self._dataset.batch_size)
    first = np.int32(step * self._per_step)
    return Window(arrays, first, self._dataset.replace(arrays={}))

  def _read(self, index):
    """This process's rows of batch `index`, as they are stored."""
    dataset = self._dataset

    def rows(name):
      seed = self._seed + UNPAIRED * (name in dataset.unpaired)
      return shuffling.indices(seed, index, dataset.batch_size, dataset.size, np)[self._rows]

    return {name: array[dataset.within(array, rows(name))] for name, array in dataset.arrays.items()}
