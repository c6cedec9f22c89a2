"""The state of a run with the best score so far, and the record of that score."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_jax.data.decoding import regular
from gan_jax.runs import manifest, stored
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.files import write_whole


class Best(Checkpoints):
  """The checkpoint of the state with the best score so far, and a record of that: a dict with its 'step'.

  There is a whole one at every moment: the state is written, then its record, then the old state is removed.
  """

  def __init__(self, folder: Path, facts: Mapping[str, Any] | None = None, first: bool = True):
    super().__init__(folder, facts=facts, first=first)
    self.record = best_record(folder)
    if first:
      stored.tidy(self.folder)
      if self.record:  # else nothing tells which of them it is
        self._keep_only(self.record['step'])  # without what a kill has left between two of these

  def replace(self, state: Any, record: Mapping[str, Any]) -> None:
    """Puts this state in the place of another; all processes call it, the first writes. Raises UserError."""
    step = int(state.step)
    if self._first and step == self.record.get('step'):
      stored.remove(self._path(step))  # of a path that the run has left
    if self._first and step not in self.steps():
      self._begin(step, state)
      self.wait()
    self.record = {'step': step, **record}
    if self._first:
      sealed = {**self.record, 'sha256': manifest.of_json(self.record)}
      write_whole(self.folder / 'score.json', json.dumps(sealed, indent=2))
      self._keep_only(step)

  def _note(self, step, record, found):
    pass

  def _keep_only(self, step: int | None) -> None:
    for other in self.steps():
      if other != step:
        stored.remove(self._path(other))


def best_record(folder: Path) -> dict[str, Any]:
  """The record of the Best in a folder, with 'step', 'score' and 'value'; {} without a sound one."""
  try:
    record = json.loads(regular.text(folder / 'score.json'))
    sealed = record.pop('sha256', None)  # older ones have none
    whole = sealed in (None, manifest.of_json(record))
    known = (
      type(record['step']) is int and type(record['score']) is str and type(record['value']) in (int, float)
    )
    return record if whole and known and (folder / str(record['step'])).is_dir() else {}
  except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
    return {}
