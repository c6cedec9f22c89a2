"""Fields of a config: default, range and meaning of each, declared where the field belongs.

    OPTIONS = {'scale': Field(4, '>= 2', 'how many times as large the images become')}

A range is '>= 1', '> 0', '[0, 1)' and the like, names as 'crop | stretch', where 'a.module' stands for any
dotted path, or '' for all that has the type of the default.
"""

import dataclasses
import functools
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gan_jax import errors

MODULE = 'a.module'
SOME = (1, math.inf)  # the length of a tuple that is not empty


@dataclasses.dataclass(frozen=True)
class Field:
  """What a field may be. Of a tuple, the range is that of each entry, and `length` (fewest, most) entries."""

  default: Any
  range: str = ''
  about: str = ''
  length: tuple[int, float] = (0, math.inf)

  @property
  def item(self) -> type:
    """The type of a tuple's entries: that of the default's; numbers have a range, so others are words.

    A range with a decimal point is one of real numbers.
    """
    if self.default:
      return type(self.default[0])
    number = float if '.' in self.range else int
    return number if bounds(self.range) else str

  @property
  def words(self) -> str:
    """The range as an error says it: 'at least 1', 'in [0, 1)', 'crop | stretch'."""
    for sign, word in (('>= ', 'at least '), ('> ', 'above ')):
      if self.range.startswith(sign):
        return word + self.range.removeprefix(sign)
    return f'in {self.range}' if bounds(self.range) else self.range.replace(MODULE, 'a dotted path')


def option(default: Any, range: str = '', about: str = '', length: tuple[int, float] = (0, math.inf)) -> Any:
  """A Field as an attribute of a network: `width: int = option(64, '>= 1', 'channels of each layer')`."""
  return dataclasses.field(default=default, metadata={'field': Field(default, range, about, length)})


def names(known: Iterable[str]) -> str:
  """The range of words that are one of `known`."""
  return ' | '.join(known)


def of(value: Any) -> Field:
  """`value` as a Field: modules of the user's own may have defaults alone."""
  return value if isinstance(value, Field) else Field(value)


def defaults(fields: Mapping[str, Any]) -> dict[str, Any]:
  """{name: default} of Fields, sections within sections."""
  return {
    name: defaults(value) if isinstance(value, Mapping) else of(value).default
    for name, value in fields.items()
  }


def check(path: str, value: Any, field: Field) -> None:
  """Raises UserError, of one line, for a value that `field` does not allow."""
  if isinstance(field.default, tuple):
    fewest, most = field.length
    if not fewest <= len(value) <= most:
      many = f'{fewest}' if fewest == most else f'{fewest} or more'
      raise errors.UserError(f'{path}={value}: must have {many} entries ({field.about})')
  for one in value if isinstance(field.default, tuple) else (value,):
    if isinstance(one, float) and not math.isfinite(one):
      raise errors.UserError(f'{path}={value}: must be a finite number')
    if not field.range or holds(field.range, one):
      continue
    if bounds(field.range):
      raise errors.UserError(f'{path}={value}: must be {field.words}')
    raise errors.unknown(path, one, [name for name in field.range.split(' | ') if name != MODULE])


def holds(range: str, value: Any) -> bool:
  """Whether a value lies in a range that is not ''."""
  if bounds(range):
    return isinstance(value, int | float) and all(bound(value) for bound in bounds(range))
  names = range.split(' | ')
  return value in names or (MODULE in names and isinstance(value, str) and '.' in value)


@functools.cache
def bounds(range: str) -> tuple[Callable[[float], bool], ...]:
  """The conditions of a range of numbers; () where it is names."""
  if match := re.fullmatch(r'(>=|>) (.+)', range):
    return (_bound(*match.groups()),)
  if match := re.fullmatch(r'([\[(])(.+), (.+)([\])])', range):
    opened, low, high, closed = match.groups()
    return _bound('>=' if opened == '[' else '>', low), _bound('<=' if closed == ']' else '<', high)
  return ()


def _bound(sign, text):
  limit = float(text)
  conditions = {
    '>=': lambda value: value >= limit,
    '>': lambda value: value > limit,
    '<=': lambda value: value <= limit,
    '<': lambda value: value < limit,
  }
  return conditions[sign]
