"""States on disk, through orbax: the only file that knows it. A checkpoint is there whole or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp
from jax.sharding import Sharding

from gan_jax import errors
from gan_jax.runs.files import write_whole


class Checkpoints:
  """The checkpoints of a run folder, by step; used as a context so that what is being written is finished."""

  def __init__(self, folder: Path, keep: int | None = None):
    options = ocp.CheckpointManagerOptions(max_to_keep=keep, enable_async_checkpointing=True)
    self.folder = folder
    self._manager = ocp.CheckpointManager(folder.absolute(), options=options)

  def __enter__(self):
    return self

  def __exit__(self, *_):
    self._manager.close()

  def latest(self) -> int | None:
    """The step of the last checkpoint, or None."""
    return self._manager.latest_step()

  def steps(self) -> list[int]:
    """The steps of the checkpoints that there are, ascending."""
    return sorted(self._manager.all_steps())

  def save(self, state: Any) -> None:
    """Copies the state at once and writes it in the background; the step it has already is left alone."""
    step = int(state.step)
    if step != self.latest():
      self._manager.save(step, args=ocp.args.StandardSave(state))

  def restore_part(self, name: str) -> Any:
    """One part of the last state, 'variables' say: nested dicts of arrays on the host. Raises UserError."""
    if self.latest() is None:
      raise errors.UserError(f'{self.folder}: no checkpoint')
    return jax.device_get(self._manager.restore(self.latest(), args=ocp.args.StandardRestore())[name])

  def restore(self, like: Any, step: int | None = None, sharding: Sharding | None = None) -> Any:
    """The state of `step` or the last, shaped as `like`, on one device or as asked. Raises UserError."""
    known = self.steps()
    step = self.latest() if step is None else step
    if step not in known:
      have = ', '.join(map(str, known)) or 'none'
      raise errors.UserError(
        f'{self.folder}: no checkpoint {"" if step is None else f"of step {step} "}(there: {have})'
      )
    place = sharding or jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
    like = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=place), like)
    try:
      return self._manager.restore(step, args=ocp.args.StandardRestore(like))
    except (ValueError, KeyError, OSError) as error:
      reason = str(error).strip().splitlines()[0]
      raise errors.UserError(
        f'{self.folder / str(step)} cannot be read ({reason}); delete it to resume from the one before'
      ) from error


class Best(Checkpoints):
  """The checkpoint of the state with the best score so far, and a record of that: a dict with its 'step'.

  There is a whole one at every moment: the state is written, then its record, then the old state is removed.
  """

  def __init__(self, folder: Path):
    super().__init__(folder)
    self.record = best_record(folder)
    self._keep(self.record.get('step'))  # without what a kill has left between two of these

  def replace(self, state: Any, record: Mapping[str, Any], first: bool = True) -> None:
    """Puts this state in the place of another; all processes call it, the `first` writes the record."""
    step = int(state.step)
    if step not in self.steps():
      self._manager.save(step, args=ocp.args.StandardSave(state), force=True)
      self._manager.wait_until_finished()
    self.record = {'step': step, **record}
    if first:
      write_whole(self.folder / 'score.json', json.dumps(self.record, indent=2))
    self._keep(step)

  def _keep(self, step: int | None) -> None:
    for other in self.steps():
      if other != step:
        self._manager.delete(other)


def best_record(folder: Path) -> dict[str, Any]:
  """The record of the Best in a folder; {} if there is none."""
  try:
    record = json.loads((folder / 'score.json').read_text())
    return record if (folder / str(record['step'])).is_dir() else {}
  except (OSError, ValueError, KeyError, TypeError):
    return {}
