"""Fields of a config by their path, 'section.field', and values of them as a command line has them."""

import ast
import functools
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field, check

Override = tuple[str, str]  # ('section.field', what is to be its value)


def split(words: Iterable[str]) -> tuple[list[Override], list[str]]:
  """(the overrides in the --config.FIELD=VALUE words of a command line, the other words)."""
  fields = [word for word in words if word.startswith('--config.')]
  if short := [word for word in fields if '=' not in word]:
    raise errors.UserError(f'{short[0]}: write {short[0]}=VALUE')
  overrides = [tuple(word.removeprefix('--config.').split('=', 1)) for word in fields]
  return overrides, [word for word in words if word not in fields]


def text(value: Any) -> str:
  """A value as a flag has it; numbers may be numpy's, paths pathlib's."""
  value = _plain(value)
  return value if isinstance(value, str) else repr(value)


def _plain(value):
  if isinstance(value, list | tuple):
    return type(value)(_plain(one) for one in value)
  if isinstance(value, np.generic):
    return value.item()
  return os.fspath(value) if isinstance(value, os.PathLike) else value


def override(config: ConfigDict, path: str, text: str, declared: Mapping[str, Field]) -> None:
  """Sets `config.<path>` to what `text` says, in the type and the range of its Field in `declared`.

  Raises UserError.
  """
  value = read(path, text, declared)
  section, last = find(config, path)
  section[last] = value


def read(path: str, text: str, declared: Mapping[str, Field]) -> object:
  """The value that `text` says for the field at `path`, in the type and the range of its Field.

  Raises UserError.
  """
  if path not in declared:
    raise unknown(path, declared)
  value = parse(text, path, declared[path])
  check(path, value, declared[path])
  return value


def find(config: ConfigDict, path: str) -> tuple[ConfigDict, str]:
  """(the section that holds the field at `path`, its last name)."""
  *sections, last = path.split('.')
  return functools.reduce(lambda section, name: section[name], sections, config), last


def value(config: ConfigDict, path: str) -> Any:
  """The value of the field at `path`."""
  section, last = find(config, path)
  return section[last]


def with_values(options: ConfigDict, **fields: object) -> ConfigDict:
  """A copy of a section with other values of some fields."""
  new = options.copy_and_resolve_references()
  with new.ignore_type(), new.unlocked():
    new.update(fields)
  return new


def parse(text: str, path: str, field: Field) -> object:
  """The value that `text` means for a Field: bool, int, float, str or tuple.

  What can only mean one thing is taken: 16 for (16, 16), warm,blue for ('warm', 'blue'). Raises UserError
  for what has another type.
  """
  default = field.default
  if isinstance(default, str):
    return text
  if isinstance(default, tuple) and field.item is str and not text.strip().startswith('('):
    return tuple(word.strip() for word in text.split(',') if word.strip())
  python = re.sub(r'(?i)\b(true|false)\b', lambda word: word[0].capitalize(), text)
  try:
    value = ast.literal_eval(python)
    if not isinstance(default, tuple):
      return _cast(value, type(default))
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * max(field.length[0], 1)
    return tuple(_cast(value, field.item) for value in values)
  except (ValueError, SyntaxError, TypeError, OverflowError) as error:
    kind = type(default).__name__
    raise errors.UserError(f'{path}={text}: not {kind} ({field.about}; default: {default})') from error


def _cast(value, kind):
  """A number, flag or text in a type. Raises ValueError where it would change, as 1.5 to 1."""
  if isinstance(value, str) and kind is str:
    return value
  numbers = isinstance(value, (int, float)) and isinstance(value, bool) == (kind is bool)
  if not numbers or kind(value) != value:
    raise ValueError
  return kind(value)


def unknown(path: str, declared: Mapping[str, Field]) -> errors.UserError:
  """The UserError for a path that no field has: near names are those of its section, if there is one."""
  section = path.split('.')[0]
  inside = [other for other in declared if other.startswith(f'{section}.')]
  if not inside:
    return errors.unknown('config field', section, {other.split('.')[0] for other in declared})
  if path != section:
    return errors.unknown('config field', path, inside)
  names = ', '.join(other.partition('.')[2] for other in inside)
  return errors.UserError(f'{path} is a section; its fields are {names}: --config.{path}= shows them')
