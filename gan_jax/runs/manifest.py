"""What stands beside the arrays of a checkpoint: a record with a digest of itself, and its form's version."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from gan_jax import errors
from gan_jax.runs import arrays
from gan_jax.runs.arrays import Damaged

FORMAT = 2  # 1 was orbax's, see older.py
PARTS = ('step', 'bytes', 'header', 'arrays')


def seal(record: Mapping[str, Any]) -> str:
  """The text of a record, with its digest."""
  record = {'format': FORMAT, **record}
  return json.dumps({**record, 'sha256': of_json(record)}, indent=1)


def unseal(text: bytes, name: str) -> dict[str, Any]:
  """The record of a text. Raises Damaged for any but that which was sealed.

  Raises UserError, which begins with `name`, for a whole one of a newer form.
  """
  try:
    record = json.loads(text)
    digest = record.pop('sha256')
  except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
    raise Damaged('its manifest is no record') from None
  if of_json(record) != digest:
    raise Damaged('the digest of its manifest is another')
  if record['format'] > FORMAT:
    raise errors.UserError(
      f'{name} was written by a newer version (format {record["format"]}, this one reads up to {FORMAT}):'
      ' update this one'
    )
  if missing := [part for part in PARTS if part not in record]:
    raise Damaged(f'its manifest lacks {", ".join(missing)}')
  return record


def whole(record: Mapping[str, Any]) -> str:
  """One digest of all arrays of a record: equal for states that are equal to the bit."""
  return of_json({name: array['sha256'] for name, array in record['arrays'].items()})


def digest(found: Mapping[str, np.ndarray]) -> str:
  """The `whole` of a record of these arrays."""
  return of_json({name: arrays.digest(array) for name, array in found.items()})


def of_json(record: Mapping[str, Any]) -> str:
  """The digest of what JSON has, in whatever order its names stand."""
  return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
