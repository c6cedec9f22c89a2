"""Real-valued fields of a config that a compiled step does not have as constants: traced numbers.

Copies of a population differ in them, and a schedule moves them. The game is made anew, of a config that has
the traced numbers, within the function that is traced.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping

import jax
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import overrides, sections
from gan_jax.configs.fields import Field

FIXED = ('data.', 'evaluate.')  # sections that a step does not read
# Of which 0 is another rule, or another network, and no small value.
RULES = ('train.ema_half_life', 'train.ema_rampup', 'augment.target', 'condition.d_weight')


def parse(config: ConfigDict, where: str) -> dict[str, tuple[float, ...]]:
  """{field: (value, ...)} of 'field=value,value;field=value', the text of the config's field `where`.

  Raises UserError for what is no real-valued field, or no value of it.
  """
  text = overrides.value(config, where).replace(' ', '')
  found, declared = {}, sections.declared(config) if text else {}
  for part in filter(None, text.split(';')):
    field, _, texts = part.partition('=')
    for number in texts.split(','):
      value = overrides.read(field, number, declared)
      if not may(field, declared[field]):
        raise errors.UserError(f'{where}: real numbers that a step reads may vary, not {field}')
      found.setdefault(field, []).append(value)
  return {field: tuple(values) for field, values in found.items()}


def may(path: str, field: Field) -> bool:
  """Whether the field at a path may vary by its type: a real number that a step reads."""
  return isinstance(field.default, float) and not path.startswith(FIXED)


def is_rule(field: str, value: float) -> bool:
  """Whether the value of a field decides how a step is made: it is then no number that may be traced."""
  return field in RULES and value == 0


def with_values(config: ConfigDict, values: Mapping[str, float | jax.Array]) -> ConfigDict:
  """A copy of a config with other values, perhaps traced, of some fields {'section.field': value}."""
  config = config.copy_and_resolve_references()
  with config.ignore_type():
    for field, value in values.items():
      section, last = overrides.find(config, field)
      section[last] = value
  return config


@contextlib.contextmanager
def explained(where: str, fields: Collection[str]) -> Iterator[None]:
  """Raises UserError if the value of a field that varies decides what is compiled."""
  try:
    yield
  except jax.errors.ConcretizationTypeError as error:
    names = ', '.join(fields)
    raise errors.UserError(f'{where}: {names} cannot vary: it decides what is compiled') from error
