"""Experiments: a config file, the fields that its modules add, and the fields overridden by the user.

A section that names a module (`config.generator.name`, ...) has that module's fields, with its defaults, so
that a config states only what differs, every field can be overridden, and a typing error is found at once.
"""

import ast
import functools
import importlib.util
import re
from pathlib import Path

from ml_collections import ConfigDict

from gan_jax import errors, models, optimizers

SECTIONS = {
  'gan': lambda name: errors.module('gans', name, 'make').OPTIONS,
  'data': lambda name: errors.module('data', name, 'make').OPTIONS,
  'generator': lambda name: models.options(name, 'Generator'),
  'discriminator': lambda name: models.options(name, 'Discriminator'),
  'g_optimizer': lambda name: {**optimizers.COMMON, **optimizers.options_of(name)},
  'd_optimizer': lambda name: {**optimizers.COMMON, **optimizers.options_of(name)},
}
# Fields of a section whatever its module; those of `data` stand in configs/common.py.
DATA = ('name', 'split', 'size', 'channels', 'resize', 'flip', 'data_dir', 'max_resident_bytes')
SHARED = {'data': DATA, 'g_optimizer': ('name', 'learning_rate'), 'd_optimizer': ('name', 'learning_rate')}


def load(path, overrides=(), notice=print):
  """The locked ConfigDict of a config file, with `overrides` [(field, text), ...] applied.

  `path` may end in ':test' for the file's get_test_config(). A change of a section's name comes first and
  drops the fields that the new module lacks, which `notice` is told. Raises UserError.
  """
  config = _read(path)
  for field, _ in overrides:
    _check_section(config, field)
  swaps = [(field, text) for field, text in overrides if field.split('.')[1:] == ['name']]
  for field, text in swaps:
    _swap(config[field.split('.')[0]], field, text, notice)
  for section in SECTIONS:
    if section in config:
      _complete(config, section)
  config.lock()
  for field, text in overrides:
    override(config, field, text)
  return config


def split(words):
  """(overrides [(field, text), ...] of the --config.FIELD=VALUE words of a command line, the other words)."""
  fields = [word for word in words if word.startswith('--config.')]
  if short := [word for word in fields if '=' not in word]:
    raise errors.UserError(f'{short[0]}: write {short[0]}=VALUE')
  overrides = [tuple(word.removeprefix('--config.').split('=', 1)) for word in fields]
  return overrides, [word for word in words if word not in fields]


def override(config, field, text):
  """Sets `config.<field>` to what `text` says, in the type that the field has."""
  *sections, last = field.split('.')
  for depth, name in enumerate([*sections, last]):
    if not isinstance(config, ConfigDict) or name not in config:
      known = config.keys() if isinstance(config, ConfigDict) else []
      raise errors.unknown(
        'config field', '.'.join([*sections, last][: depth + 1]), _full(sections[:depth], known)
      )
    if depth < len(sections):
      config = config[name]
  if isinstance(config[last], ConfigDict):
    raise errors.UserError(f'{field} is a section; its fields are {", ".join(config[last].keys())}')
  config[last] = parse(text, config[last], field)


def find(config, field):
  """(the section that holds `field`, its last name)."""
  *sections, last = field.split('.')
  return functools.reduce(lambda section, name: section[name], sections, config), last


def parse(text, current, field):
  """The value that `text` means for a field whose value is `current`: bool, int, float, str or tuple."""
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


def _read(path):
  path, _, variant = str(path).partition(':')
  if variant not in ('', 'test'):
    raise errors.unknown('config variant', variant, ('test',))
  file = Path(path)
  if not file.is_file():
    raise errors.unknown(
      'config file', path, [str(f) for f in file.parent.glob('*.py') if f.stem != 'common']
    )
  spec = importlib.util.spec_from_file_location(file.stem, file)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  try:
    return module.get_test_config() if variant else module.get_config()
  except (KeyError, TypeError) as error:  # of the lock on what stands in configs/common.py
    raise errors.UserError(
      f'{file}: {str(error.args[0]).splitlines()[0].split(" Other fields")[0]}'
    ) from error


def _check_section(config, field):
  name = field.split('.')[0]
  if name not in config:
    raise errors.unknown('config field', name, config.keys())


def _swap(section, field, name, notice):
  """Gives a section another module's name, and drops the fields that this module lacks."""
  kind = field.split('.')[0]
  if kind not in SECTIONS or name == section.name:
    return
  options = SECTIONS[kind](name)
  lost = [key for key in section if key not in options and key not in ('name', *SHARED.get(kind, ()))]
  for key in lost:
    del section[key]
  section.name = name
  if lost:
    notice(f'{field}={name}: dropped {", ".join(f"{kind}.{key}" for key in lost)}, which it does not have')


def _complete(config, kind):
  """Adds the fields of a section's module that the config leaves at their defaults."""
  section = config[kind]
  options = SECTIONS[kind](section.name)
  known = {'name', *options, *SHARED.get(kind, ())}
  for key in section:
    if key not in known:
      raise errors.unknown(f'field of {kind}.name={section.name}', key, known)
  for key, value in options.items():
    if key not in section:
      section[key] = value


def _full(sections, known):
  return ['.'.join([*sections, name]) for name in known]
