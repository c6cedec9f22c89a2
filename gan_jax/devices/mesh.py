"""Many devices: the mesh, what lies where on it. The only file that knows about devices.

A step is one program over all of them: `jax.jit` over a mesh, the state on each, the batch split along
'data'; XLA adds the all-reduces. (`jax.pmap`, which did it by hand, is a thin layer over the same today.)
"""

import dataclasses
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P
from jaxtyping import Array, Int
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.devices import processes

NORMS = ('global', 'per_device')


@dataclasses.dataclass(frozen=True)
class Layout:
  """Where arrays lie: whole on every device, or split along their first axis."""

  mesh: Mesh

  @property
  def whole(self) -> NamedSharding:
    """The sharding of what every device has whole: the state, resident data."""
    return NamedSharding(self.mesh, P())

  @property
  def first(self) -> bool:
    """Whether this is the process that writes the files."""
    return jax.process_index() == 0

  def agreed(self, number: int) -> int:
    """The number, at least 0, that the first process has."""
    return most(number if self.first else 0)

  def replicate(self, tree: Any) -> Any:
    """The tree with every array whole on each device."""
    if jax.process_count() > 1:
      tree = jax.device_get(tree)  # what lies on a device of one process cannot be sent to another's
    return jax.device_put(tree, self.whole)

  def like(self, tree: Any) -> Any:
    """The shapes of what `replicate` gives: what is traced with them is not traced again with that."""
    shape = lambda array: jax.ShapeDtypeStruct(array.shape, array.dtype, sharding=self.whole)
    return jax.tree.map(shape, tree)

  def split(self, batch: dict[str, Array]) -> dict[str, Array]:
    """Inside jit: a batch {name: [B, ...]} of which each device holds, and so computes, its share."""
    if self.mesh.size == 1:
      return batch
    return jax.lax.with_sharding_constraint(batch, NamedSharding(self.mesh, P('data')))

  def rows(self, count: int) -> Int[np.ndarray, ' rows']:
    """Which rows of a batch of `count` this process's devices hold, ascending."""
    held = NamedSharding(self.mesh, P('data')).addressable_devices_indices_map((count,))
    return np.unique(np.concatenate([np.arange(count)[part] for part in held.values()]))

  def spread(self, batches: dict[str, np.ndarray], count: int) -> dict[str, Array]:
    """Batches {name: [T, rows, ...]}, of which this process has rows(count), as arrays [T, count, ...]."""
    rows, sharding = self.rows(count), NamedSharding(self.mesh, P(None, 'data'))

    def whole(array):
      part = lambda index: array[:, np.searchsorted(rows, np.arange(count)[index[1]])]
      return jax.make_array_from_callback((len(array), count, *array.shape[2:]), sharding, part)

    return jax.tree.map(whole, batches)


def meet() -> None:
  """Waits until every process is here."""
  most(0)


def agree(flag: object) -> bool:
  """Whether any process says yes."""
  return most(bool(flag)) > 0


def most(number: int) -> int:
  """The largest number, at least 0, that a process has; all wait for each other."""
  if jax.process_count() == 1:
    return int(number)
  if line := processes.line():
    return line.most(int(number))
  return int(multihost_utils.process_allgather(np.int32(number)).max())  # joined by the caller's own code


def whole_here(tree: Any) -> Any:
  """The tree with every array whole on each device of this process, for `split_here` to be used beside."""
  return jax.device_put(tree, NamedSharding(_here(), P())) if jax.local_device_count() > 1 else tree


def split_here(tree: Any) -> Any:
  """Arrays [B, ...] split over the devices of this process; where those do not divide B, whole on each."""
  if jax.local_device_count() == 1:
    return tree
  even = all(len(array) % jax.local_device_count() == 0 for array in jax.tree.leaves(tree))
  return jax.device_put(tree, NamedSharding(_here(), P('data') if even else P()))


def _here():
  devices = jax.local_devices()
  return jax.make_mesh((len(devices),), ('data',), (AxisType.Auto,), devices=devices)


def local(tree: Any) -> Any:
  """Replicated arrays as this process has them, for work that the others do not join in."""
  return jax.tree.map(lambda array: array.addressable_data(0), tree)


def layout(batch_size: int, accumulate: int = 1) -> Layout:
  """The Layout over all devices. Raises UserError if they cannot share a batch evenly."""
  count = jax.device_count()
  if batch_size % (count * accumulate):
    devices = f'{count} devices' + (f' in {accumulate} parts' if accumulate > 1 else '')
    raise errors.UserError(
      f'train.batch_size={batch_size} cannot be shared by {devices}: use a multiple of {count * accumulate}'
    )
  return Layout(jax.make_mesh((count,), ('data',), axis_types=(AxisType.Auto,)))


def norm_groups(options: ConfigDict) -> int:
  """The parts of a batch that batch norm takes for themselves: one, or one a device; of config.parallel."""
  if options.batch_norm not in NORMS:
    raise errors.unknown('parallel.batch_norm', options.batch_norm, NORMS)
  return 1 if options.batch_norm == 'global' else jax.device_count()
