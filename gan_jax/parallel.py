"""Many devices: the mesh, what lies where on it. The only file that knows about devices.

A step is one program over all of them: `jax.jit` over a mesh, the state on each, the batch split along
'data'; XLA adds the all-reduces. (`jax.pmap`, which did it by hand, is a thin layer over the same today.)
"""

import dataclasses

import jax
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from gan_jax import names

NORMS = ('global', 'per_device')


@dataclasses.dataclass(frozen=True)
class Layout:
  """Where arrays lie: whole on every device, or split along their first axis."""

  mesh: Mesh

  @property
  def whole(self):
    """The sharding of what every device has whole: the state, resident data."""
    return NamedSharding(self.mesh, P())

  def replicate(self, tree):
    """The tree with every array whole on each device."""
    return jax.device_put(tree, self.whole)

  def split(self, batch):
    """Inside jit: a batch {name: [B, ...]} of which each device holds, and so computes, its share."""
    if self.mesh.size == 1:
      return batch
    return jax.lax.with_sharding_constraint(batch, NamedSharding(self.mesh, P('data')))


def layout(batch_size, accumulate=1):
  """The Layout over all devices. Raises UserError if they cannot share a batch evenly."""
  count = jax.device_count()
  if batch_size % (count * accumulate):
    devices = f'{count} devices' + (f' in {accumulate} parts' if accumulate > 1 else '')
    raise names.UserError(
      f'train.batch_size={batch_size} cannot be shared by {devices}: use a multiple of {count * accumulate}'
    )
  return Layout(jax.make_mesh((count,), ('data',), axis_types=(AxisType.Auto,)))


def norm_groups(options):
  """The parts of a batch that batch norm takes for themselves: one, or one a device; of config.parallel."""
  if options.batch_norm not in NORMS:
    raise names.unknown('parallel.batch_norm', options.batch_norm, NORMS)
  return 1 if options.batch_norm == 'global' else jax.device_count()
