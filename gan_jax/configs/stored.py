"""Values of a config as a file has them: what no field can be is told before anything takes it for one."""

import reprlib
from collections.abc import Mapping
from typing import Any

from gan_jax import errors
from gan_jax.configs.fields import Field

KINDS = {bool: (bool,), int: (int,), float: (int, float), str: (str,)}
WORDS = {
  bool: 'True or False',
  int: 'a whole number',
  float: 'a number',
  str: 'a word',
  tuple: 'a list of numbers or words',
}


def check_sections(values: Mapping[str, Any], declared: Mapping[str, Any], names: Mapping[str, str]) -> None:
  """Raises UserError unless `values` has a dict of fields for each section that it has, and else a value.

  `declared` are the fields, those of sections within them; `names` {section: the field that names its module,
  a word}.
  """
  for section, known in declared.items():
    if section not in values:
      continue
    if isinstance(known, Field):
      check_kind(section, values[section], known)
      continue
    if not isinstance(values[section], Mapping):
      raise errors.UserError(f'{section} is no section of fields, but {reprlib.repr(values[section])}')
    if odd := [name for name in values[section] if '.' in name]:
      raise errors.UserError(f'{section} has a field {reprlib.repr(odd[0])}')
    if section in names and not isinstance(values[section].get(names[section], ''), str):
      raise errors.UserError(f'{section}.{names[section]} is {reprlib.repr(values[section][names[section]])}')


def check_kind(path: str, value: Any, field: Field) -> None:
  """Raises UserError for a value that is of another kind than the field's default."""
  kind = next((kind for kind in WORDS if type(field.default) is kind), None)
  if kind is tuple:
    right = isinstance(value, tuple | list) and all(type(one) in (bool, int, float, str) for one in value)
  else:
    right = kind is None or type(value) in KINDS[kind]
  if not right:
    raise errors.UserError(f'{path} is {reprlib.repr(value)}, not {WORDS[kind]} ({field.about})')
