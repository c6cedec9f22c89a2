"""Sections of a config that name modules: `config.generator.name` and the fields that this network adds.

A section has its module's fields with their defaults, so that a config states only what differs, every field
can be overridden, and a typing error is found at once.
"""

import dataclasses
from collections.abc import Callable, Mapping
from types import ModuleType

from ml_collections import ConfigDict

from gan_jax import errors, optimizers
from gan_jax.configs import lookup

GIVEN = {'given': True}  # metadata of a network's field that code sets, not a config; see models.given

# Fields of a section whatever its module; those of `data` stand in configs/common.py.
_DATA = ('split', 'size', 'channels', 'resize', 'flip', 'data_dir', 'max_resident_bytes')
_SHARED = {
  'data': _DATA,
  'g_optimizer': ('learning_rate',),
  'd_optimizer': ('learning_rate',),
  'penalty': ('every', 'decay_start', 'final_scale'),
}
# The field that says which modules a section is about.
_NAMES = {'penalty': 'modules'}
SECTIONS = ('gan', 'data', 'generator', 'discriminator', 'g_optimizer', 'd_optimizer', 'penalty', 'augment')


def options(section: str, name: str) -> dict:
  """{field: default} that the module `name` adds to a section. Raises UserError for an unknown name."""
  if section in ('g_optimizer', 'd_optimizer'):
    return {**optimizers.COMMON, **optimizers.options_of(name)}
  if section in ('generator', 'discriminator'):
    return network_options(name, section.capitalize())
  if section == 'penalty':
    modules = penalty_modules(name)
    prefixed = {f'{key}_{k}': v for key, module in modules.items() for k, v in module.OPTIONS.items()}
    return {**dict.fromkeys(modules, 0.0), **prefixed}
  package = {'gan': 'gans', 'data': 'data', 'augment': 'gans.augmentations'}[section]
  return dict(getattr(lookup.module(package, name, 'make'), 'OPTIONS', {}))


def network_options(name: str, role: str) -> dict:
  """{field: default} of the network `name` in a role, Generator or Discriminator, but what code gives it."""
  fields = dataclasses.fields(getattr(lookup.module('models', name, role), role))
  return {
    field.name: field.default
    for field in fields
    if 'given' not in field.metadata and field.name not in ('parent', 'name')
  }


def penalty_modules(own: str) -> dict[str, ModuleType]:
  """{name: module} of the penalties of this package, and of `own` dotted paths, commas between them."""
  paths = [path.strip() for path in own.split(',') if path.strip()]
  found = {path.rpartition('.')[2]: lookup.module('', path, 'make') for path in paths}
  return {
    **{name: lookup.module('gans.penalties', name, 'make') for name in lookup.names('gans.penalties')},
    **found,
  }


def penalty_options(section: ConfigDict, name: str, module: ModuleType) -> dict:
  """{option: value} of one penalty, whose fields in the section begin with its name."""
  return {option: section[f'{name}_{option}'] for option in module.OPTIONS}


def complete(config: ConfigDict, section: str) -> None:
  """Adds the fields of a section's module that the config leaves at their defaults. Raises UserError."""
  given, name = config[section], config[section][name_field(section)]
  known = options(section, name)
  for key in given:
    if key not in (name_field(section), *known, *_SHARED.get(section, ())):
      raise errors.unknown(f'field of {section}.{name_field(section)}={name}', key, _fields(section, known))
  for key, value in known.items():
    if key not in given:
      given[key] = value


def swap(config: ConfigDict, field: str, name: str, notice: Callable) -> None:
  """Gives a section another module, and drops the fields that this module lacks, which `notice` is told."""
  section = field.split('.')[0]
  known = options(section, name)
  lost = [key for key in config[section] if key not in _fields(section, known)]
  for key in lost:
    del config[section][key]
  config[section][name_field(section)] = name
  if lost:
    notice(f'{field}={name}: dropped {", ".join(f"{section}.{key}" for key in lost)}, which it does not have')


def known(config: ConfigDict, values: Mapping) -> tuple[dict, list[str]]:
  """(those of the stored `values` that the config has, the paths of the others).

  Sections of modules keep all their fields.
  """
  found, gone = {}, [name for name in values if name not in config]
  for name in values.keys() - set(gone):
    found[name] = values[name]
    if name not in SECTIONS and isinstance(found[name], Mapping):
      found[name] = {field: value for field, value in values[name].items() if field in config[name]}
      gone += [f'{name}.{field}' for field in values[name] if field not in config[name]]
  return found, gone


def keep_shared(config: ConfigDict, section: str) -> None:
  """Drops the fields of a section that belong to its module."""
  for key in set(config[section]) - {name_field(section), *_SHARED.get(section, ())}:
    del config[section][key]


def names_module(field: str) -> bool:
  """Whether a field says which module a section is about: 'generator.name', ..."""
  section, _, last = field.partition('.')
  return section in SECTIONS and last == name_field(section)


def name_field(section: str) -> str:
  """The field of a section that says which module it is about."""
  return _NAMES.get(section, 'name')


def _fields(section, known):
  return (name_field(section), *known, *_SHARED.get(section, ()))
