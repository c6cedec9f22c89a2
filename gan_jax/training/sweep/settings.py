"""Settings of fields: combinations of values, and ranges from which they are drawn."""

import itertools
import math
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from gan_jax import errors

Setting = dict[str, Any]  # {'section.field': value}
DIGITS = 4  # of a drawn number, which names a folder


class Range(NamedTuple):
  """Real numbers from which values are drawn, or that a search tries."""

  low: float
  high: float
  log: bool

  def at(self, share: float) -> float:
    """The number at a share in [0, 1] of the way from low to high."""
    if self.log:
      return self.rounded(self.low * (self.high / self.low) ** share)
    return self.rounded(self.low + (self.high - self.low) * share)

  def rounded(self, value: float) -> float:
    """A number of the range of DIGITS digits, of more where all of the range begins with the same ones."""
    same = math.floor(math.log10(max(abs(self.low), abs(self.high)) / (self.high - self.low)))
    return min(max(float(f'{value:.{DIGITS + max(same, 0)}g}'), self.low), self.high)


def grid(fields: Mapping[str, Iterable[Any]]) -> list[Setting]:
  """Each combination of the values of fields."""
  values = listed('grid', fields)
  return [dict(zip(values, cell, strict=True)) for cell in itertools.product(*values.values())]


def listed(call: str, fields: Mapping[str, Iterable[Any]]) -> dict[str, list[Any]]:
  """{field: [value]}. Raises UserError for what is no list of values."""
  if not isinstance(fields, Mapping):
    raise errors.UserError(f'sweep.{call}: {{FIELD: [VALUE, VALUE]}}, not {fields!r}')
  for field, some in fields.items():
    if isinstance(some, str) or not isinstance(some, Iterable):
      raise errors.UserError(f'sweep.{call}: {field} needs a list of values, [{some!r}]')
  return {field: list(some) for field, some in fields.items()}


def share(field: str, k: int) -> float:
  """A number in [0, 1) that the field and the number of the setting decide."""
  return float(np.random.default_rng((zlib.crc32(field.encode()), k)).random())
