"""Experiments: a config file, the fields that its modules add, and the fields overridden by the user.

`from gan_jax.configs import common` finds the experiments of this package, too: those of the folder `configs`
of a clone, which an installed package has inside.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import fields, files, overrides, sections, stored
from gan_jax.configs.files import FOLDER

__all__ = ['change', 'check', 'complete', 'get', 'load']
__path__.append(str(FOLDER))


def get(name: str | Path, values: Mapping[str, object] | None = None, notice: Callable = print) -> ConfigDict:
  """The config `name`, 'dcgan_digits' or 'pix2pix:cpu' or a file, with other values {'section.field': value}.

  The same as the command line's --config=NAME --config.SECTION.FIELD=VALUE. Raises UserError.
  """
  words = [(path, overrides.text(value)) for path, value in (values or {}).items()]
  return load(name, words, notice)


def load(path: str | Path, words: Iterable[overrides.Override] = (), notice: Callable = print) -> ConfigDict:
  """The locked config of a file or a name, with overrides [('section.field', text), ...] applied.

  ':test' after it, or another variant, takes get_test_config() instead of get_config(). Raises UserError.
  """
  return change(files.read(path), words, notice)


def change(config: ConfigDict, words: Iterable[overrides.Override], notice: Callable = print) -> ConfigDict:
  """`config`, complete, checked and locked, with overrides [('section.field', text), ...] applied.

  A change of a section's name comes first and drops the fields that the new module lacks, which `notice` is
  told. Raises UserError.
  """
  words = list(words)
  config.unlock()
  for path, text in words:
    if sections.names_module(path):
      sections.swap(config, path, text, notice)
  for section in sections.SECTIONS:
    sections.complete(config, section)
  declared = sections.declared(config)
  for path, text in words:
    overrides.override(config, path, text, declared)
  check(config)
  return config.lock()


def check(config: ConfigDict) -> None:
  """Raises UserError for the first field of a complete config that is out of its range."""
  for path, field in sections.declared(config).items():
    section, last = overrides.find(config, path)
    fields.check(path, section[last], field)
  check_parts(config.train.batch_size, config.train.accumulate)


def check_parts(batch: int, parts: int) -> None:
  """Raises UserError for a batch of which there are no so many equal parts."""
  if batch % parts:
    raise errors.UserError(f'train.accumulate={parts} does not divide train.batch_size={batch}')


def complete(values: Mapping, notice: Callable = print) -> ConfigDict:
  """The locked config of stored `values`, nested dicts; fields that an older version lacked have defaults.

  Those that are no more are dropped, which `notice` is told. Raises UserError for what no field can be.
  """
  config = files.defaults().unlock()
  names = {section: sections.name_field(section) for section in sections.SECTIONS}
  stored.check_sections(values, files.declared(), names)
  values, gone = sections.known(config, values)
  if gone:
    notice(errors.printable(f'dropped {", ".join(gone)}, which this version does not have'))
  with config.ignore_type():
    for section in sections.SECTIONS:
      sections.keep_shared(config, section)
    config.update(values)
  for section in sections.SECTIONS:
    field = sections.name_field(section)
    sections.swap(config, f'{section}.{field}', config[section][field], notice)
    sections.complete(config, section)
  for path, field in sections.declared(config).items():
    stored.check_kind(path, overrides.value(config, path), field)
  return config.lock()
