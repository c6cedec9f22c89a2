"""A row of JSON for each state that was saved, though it may be there no more: its step and its digest."""

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_jax import errors
from gan_jax.data.decoding import regular
from gan_jax.runs import logged
from gan_jax.runs.files import write_whole

NAMES = {'step', 'rollbacks', 'sha256'}


def rows(file: Path) -> list[dict[str, Any]]:
  """The rows of a file that have all NAMES; others, as one that a crash has cut off, are left out."""
  return [row for row in logged.rows_of(regular.lines(file)) if row.keys() >= NAMES]


def lacking(file: Path, steps: Sequence[int]) -> list[int]:
  """Those of these steps that are later than all rows."""
  last = max((row['step'] for row in rows(file)), default=-1)
  return [step for step in steps if step > last]


def add(file: Path, step: int, rollbacks: np.ndarray, sha256: str) -> None:
  """Writes a row after those of earlier steps, or leaves it out where the disk does not take it."""
  row = {'step': step, 'rollbacks': rollbacks.tolist(), 'sha256': sha256}
  with contextlib.suppress(errors.UserError):
    kept = [other for other in rows(file) if other['step'] < step]
    write_whole(file, ''.join(json.dumps(one) + '\n' for one in [*kept, row]))
