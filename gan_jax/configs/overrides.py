"""Fields of a config by their path, 'section.field', and values of them as a command line has them."""

import ast
import functools
import re
from collections.abc import Iterable

from ml_collections import ConfigDict

from gan_jax import errors

Override = tuple[str, str]  # ('section.field', what is to be its value)


def split(words: Iterable[str]) -> tuple[list[Override], list[str]]:
  """(the overrides in the --config.FIELD=VALUE words of a command line, the other words)."""
  fields = [word for word in words if word.startswith('--config.')]
  if short := [word for word in fields if '=' not in word]:
    raise errors.UserError(f'{short[0]}: write {short[0]}=VALUE')
  overrides = [tuple(word.removeprefix('--config.').split('=', 1)) for word in fields]
  return overrides, [word for word in words if word not in fields]


def override(config: ConfigDict, field: str, text: str) -> None:
  """Sets `config.<field>` to what `text` says, in the type that the field has. Raises UserError."""
  *sections, last = field.split('.')
  for depth, name in enumerate([*sections, last]):
    if not isinstance(config, ConfigDict) or name not in config:
      known = config.keys() if isinstance(config, ConfigDict) else []
      path = '.'.join([*sections, last][: depth + 1])
      raise errors.unknown('config field', path, ['.'.join([*sections[:depth], name]) for name in known])
    if depth < len(sections):
      config = config[name]
  if isinstance(config[last], ConfigDict):
    raise errors.UserError(f'{field} is a section; its fields are {", ".join(config[last].keys())}')
  config[last] = parse(text, config[last], field)


def find(config: ConfigDict, field: str) -> tuple[ConfigDict, str]:
  """(the section that holds `field`, its last name)."""
  *sections, last = field.split('.')
  return functools.reduce(lambda section, name: section[name], sections, config), last


def with_values(options: ConfigDict, **fields: object) -> ConfigDict:
  """A copy of a section with other values of some fields."""
  new = options.copy_and_resolve_references()
  with new.ignore_type(), new.unlocked():
    new.update(fields)
  return new


def parse(text: str, current: object, field: str) -> object:
  """The value that `text` means for a field whose value is `current`: bool, int, float, str or tuple.

  Raises UserError for what has another type.
  """
  if isinstance(current, str):
    return text
  python = re.sub(r'(?i)\b(true|false)\b', lambda word: word[0].capitalize(), text)
  try:
    value = ast.literal_eval(python)
    if not isinstance(current, tuple):
      return _cast(value, current)
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return tuple(_cast(value, current[0]) for value in values) if current else values
  except (ValueError, SyntaxError, TypeError, OverflowError) as error:
    kind = type(current).__name__
    raise errors.UserError(f'{field}={text}: not {kind}, as {field}={current!r} is') from error


def _cast(value, like):
  """A number, flag or text in the type of `like`. Raises ValueError where it would change, as 1.5 to 1."""
  if isinstance(value, str) and isinstance(like, str):
    return value
  numbers = isinstance(value, (int, float)) and isinstance(value, bool) == isinstance(like, bool)
  if not numbers or type(like)(value) != value:
    raise ValueError
  return type(like)(value)
