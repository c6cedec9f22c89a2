"""A row of JSON for each state that was saved, though it may be there no more: its step and its digest."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_jax import errors
from gan_jax.data.decoding import regular
from gan_jax.runs import logged
from gan_jax.runs.files import write_whole

NAMES = {'step', 'rollbacks', 'sha256'}


def rows(file: Path) -> list[dict[str, Any]]:
  """The rows of a file that have all NAMES; others, as one that a crash has cut off, are left out."""
  return [row for row in logged.rows_of(regular.lines(file)) if row.keys() >= NAMES]


def add(file: Path, row: Mapping[str, Any]) -> None:
  """Writes a row after those of earlier steps, or leaves it out where the disk does not take it."""
  with contextlib.suppress(errors.UserError):
    kept = [other for other in rows(file) if other['step'] < row['step']]
    write_whole(file, ''.join(json.dumps(one) + '\n' for one in [*kept, row]))
