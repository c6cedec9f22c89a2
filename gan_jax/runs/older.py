"""Checkpoints of versions that wrote them through orbax: they are read, and no new ones are made."""

from pathlib import Path

import jax
import numpy as np

from gan_jax.runs.arrays import Damaged


def is_older(folder: Path) -> bool:
  """Whether a checkpoint is such a one."""
  return (folder / 'default').is_dir()


def read(folder: Path) -> dict[str, np.ndarray]:
  """{name: array} of a checkpoint. Raises Damaged where orbax cannot read it; it has no digests."""
  import orbax.checkpoint as ocp  # takes seconds

  place = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
  try:
    with ocp.Checkpointer(ocp.StandardCheckpointHandler()) as reader:
      path = folder.absolute() / 'default'
      tree = reader.metadata(path).item_metadata.tree
      like = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=place), tree)
      tree = reader.restore(path, args=ocp.args.StandardRestore(like))
  except Exception as error:  # it raises nearly every kind there is
    reason = (str(error).strip() or repr(error)).splitlines()[0]
    raise Damaged(f'orbax cannot read it: {reason}') from error
  leaves = jax.tree_util.tree_leaves_with_path(tree)
  return {
    jax.tree_util.keystr(path, simple=True, separator='/'): np.asarray(jax.device_get(leaf))
    for path, leaf in leaves
  }
