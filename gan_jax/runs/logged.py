"""Rows of JSON that have a step: those of metrics.jsonl are of losses, of scores, of warnings."""

import contextlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

SCORE = 'score/'  # begins the names of scores in a row of metrics.jsonl
WARNING = 'warning'  # the name, in a row of its own, of how the game seems to fail


def rows_of(lines: Iterable[str]) -> list[dict[str, Any]]:
  """The rows of JSON lines; one that was cut off, or has no step, is left out."""
  rows = []
  for line in lines:
    with contextlib.suppress(ValueError, RecursionError):
      rows.append(json.loads(line))
  return [row for row in rows if isinstance(row, dict) and type(row.get('step')) is int]


def numbers(row: Mapping[str, Any]) -> dict[str, float]:
  """Those of a row's values that are numbers, as all are that this program has written."""
  return {name: value for name, value in row.items() if type(value) in (int, float)}


def copies_of(row: Mapping[str, Any]) -> list[int]:
  """The copies that a row with a warning names; of a run that has one that is copy 0."""
  named = row.get('copies', [0])
  return [copy for copy in named if type(copy) is int] if isinstance(named, list) else []


def is_scores(row: Mapping[str, Any]) -> bool:
  """Whether a row of metrics.jsonl has scores, and no losses."""
  return any(name.startswith(SCORE) for name in row)


def is_losses(row: Mapping[str, Any]) -> bool:
  """Whether a row of metrics.jsonl has what the steps tell, and is none of scores and no warning."""
  return WARNING not in row and not is_scores(row)
