"""Sections of a config that name modules: `config.generator.name` and the fields that this network adds.

A section has its module's fields with their defaults, so that a config states only what differs, every field
can be overridden, and a typing error is found at once.
"""

import dataclasses
from collections.abc import Callable, Mapping
from types import ModuleType

from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import fields, files, lookup, optax_fields
from gan_jax.configs.fields import Field

GIVEN = {'given': True}  # metadata of a network's field that code sets, not a config; see models.given

# The field that says which modules a section is about.
_NAMES = {'penalty': 'modules'}
SECTIONS = (
  *('gan', 'condition', 'data', 'generator', 'discriminator', 'g_optimizer', 'd_optimizer'),
  *('penalty', 'augment'),
)

PACKAGES = {  # of sections whose modules have `make`
  'gan': 'gans',
  'condition': 'gans.conditions',
  'data': 'data',
  'augment': 'gans.augmentations',
}


def options(section: str, name: str) -> dict[str, Field]:
  """{field: Field} that the module `name` adds to a section. Raises UserError for an unknown name."""
  if section in ('g_optimizer', 'd_optimizer'):
    return {**optax_fields.COMMON, **optax_fields.options_of(name)}
  if section in ('generator', 'discriminator'):
    return network_options(name, section.capitalize())
  if section == 'penalty':
    return _penalties(name)
  return _declared(lookup.module(PACKAGES[section], name, 'make'))


def network_options(name: str, role: str) -> dict[str, Field]:
  """{field: Field} of the network `name` in a role, Generator or Discriminator, but what code gives it."""
  attributes = dataclasses.fields(getattr(lookup.module('models', name, role), role))
  return {
    attribute.name: attribute.metadata.get('field', Field(attribute.default))
    for attribute in attributes
    if 'given' not in attribute.metadata and attribute.name not in ('parent', 'name')
  }


def _penalties(own):
  """{field: Field} of each penalty's weight, interval and options."""
  found = {}
  for name, module in penalty_modules(own).items():
    about = (module.__doc__ or name).strip().splitlines()[0].split(';')[0].rstrip('.')
    found[name] = Field(0.0, '>= 0', f'weight of {about}')
    found[f'{name}_every'] = Field(0, '>= 0', 'steps from one computation to the next; 0: penalty.every')
    found.update({f'{name}_{option}': field for option, field in _declared(module).items()})
  return found


def _declared(module):
  return {name: fields.of(value) for name, value in getattr(module, 'OPTIONS', {}).items()}


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
  return {option: section[f'{name}_{option}'] for option in _declared(module)}


def complete(config: ConfigDict, section: str) -> None:
  """Adds the fields of a section's module that the config leaves at their defaults. Raises UserError."""
  given, name = config[section], config[section][name_field(section)]
  known = {**shared(section), **options(section, name)}
  for key in given:
    if key not in known:
      raise errors.unknown(f'field of {section}.{name_field(section)}={name}', key, known)
  for key, field in known.items():
    if key not in given:
      given[key] = field.default
    elif isinstance(field.default, float) and type(given[key]) is int:
      with given.ignore_type():
        given[key] = float(given[key])  # a file may say 1 where it means 1.0


def swap(config: ConfigDict, field: str, name: str, notice: Callable) -> None:
  """Gives a section another module, and drops the fields that it lacks or has of another type.

  `notice` is told which.
  """
  section = field.split('.')[0]
  known = {**shared(section), **options(section, name)}
  lost = [key for key, value in config[section].items() if key not in known or not _fits(value, known[key])]
  for key in lost:
    del config[section][key]
  config[section][name_field(section)] = name
  if lost:
    dropped = ', '.join(f'{section}.{key}' for key in lost)
    notice(errors.printable(f'{field}={name}: dropped {dropped}, which it has no use for'))


def _fits(value, field):
  """Whether a value is of a field's type."""
  return type(value) is type(field.default) or (type(value) is int and isinstance(field.default, float))


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
  for key in set(config[section]) - set(shared(section)):
    del config[section][key]


def names_module(field: str) -> bool:
  """Whether a field says which module a section is about: 'generator.name', ..."""
  section, _, last = field.partition('.')
  return section in SECTIONS and last == name_field(section)


def name_field(section: str) -> str:
  """The field of a section that says which module it is about."""
  return _NAMES.get(section, 'name')


def shared(section: str) -> dict[str, Field]:
  """{field: Field} of a section whatever its module."""
  return files.declared()[section]


def declared(config: ConfigDict) -> dict[str, Field]:
  """{'section.field': Field} of all that a complete config has."""
  found = {}
  for section, value in files.declared().items():
    if isinstance(value, Field):
      found[section] = value
      continue
    more = options(section, config[section][name_field(section)]) if section in SECTIONS else {}
    found.update({f'{section}.{name}': field for name, field in {**value, **more}.items()})
  return found
