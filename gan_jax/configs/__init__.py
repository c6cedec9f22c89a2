"""Experiments: a config file, the fields that its modules add, and the fields overridden by the user.

`from gan_jax.configs import common` finds the experiments of this package, too: those of the folder `configs`
of a clone, which an installed package has inside.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import files, overrides, sections
from gan_jax.configs.files import FOLDER

__all__ = ['complete', 'get', 'load']
__path__.append(str(FOLDER))


def get(name: str | Path, fields: Mapping[str, object] | None = None, notice: Callable = print) -> ConfigDict:
  """The config `name`, 'dcgan_digits' or 'pix2pix:cpu' or a file, with other values {'section.field': value}.

  The same as the command line's --config=NAME --config.SECTION.FIELD=VALUE. Raises UserError.
  """
  words = [
    (field, value if isinstance(value, str) else repr(value)) for field, value in (fields or {}).items()
  ]
  return load(name, words, notice)


def load(path: str | Path, fields: Iterable[overrides.Override] = (), notice: Callable = print) -> ConfigDict:
  """The locked config of a file or a name, with overrides [('section.field', text), ...] applied.

  ':test' after it, or another variant, takes get_test_config() instead of get_config(). A change of a
  section's name comes first and drops the fields that the new module lacks, which `notice` is told. Raises
  UserError.
  """
  config, fields = files.read(path), list(fields)
  for field, _ in fields:
    if field.split('.')[0] not in config:
      raise errors.unknown('config field', field.split('.')[0], config.keys())
  for field, text in fields:
    if sections.names_module(field):
      sections.swap(config, field, text, notice)
  for section in sections.SECTIONS:
    sections.complete(config, section)
  config.lock()
  for field, text in fields:
    overrides.override(config, field, text)
  return config


def complete(values: Mapping, notice: Callable = print) -> ConfigDict:
  """The locked config of stored `values`, nested dicts; fields that an older version lacked have defaults.

  Those that are no more are dropped, which `notice` is told.
  """
  config = files.defaults().unlock()
  values, gone = sections.known(config, values)
  if gone:
    notice(f'dropped {", ".join(gone)}, which this version does not have')
  with config.ignore_type():
    for section in sections.SECTIONS:
      sections.keep_shared(config, section)
    config.update(values)
  for section in sections.SECTIONS:
    field = sections.name_field(section)
    sections.swap(config, f'{section}.{field}', config[section][field], notice)
    sections.complete(config, section)
  return config.lock()
