"""Modules by name: a file of one of this package's folders, or a dotted path into the user's own project."""

import importlib
import pkgutil
from types import ModuleType

from gan_jax import errors


def module(package: str, name: str, attribute: str) -> ModuleType:
  """The module `gan_jax.{package}.{name}`, or `name` itself if it has dots; it has `attribute`.

  Raises UserError for a name that is not there (with the near one), that cannot be imported, or whose module
  lacks the attribute: 'make' of a GAN or a data source, 'Generator' or 'Discriminator' of a network.
  """
  if '.' in name or not package:
    return _own(name, attribute)
  if name not in names(package) or not hasattr(_load(package, name), attribute):
    raise errors.unknown(f'name in {package}', name, names(package, attribute))
  return _load(package, name)


def names(package: str, attribute: str = '__name__') -> list[str]:
  """The names of the modules in the folder `gan_jax.{package}` that have an attribute, sorted."""
  parent = importlib.import_module(f'gan_jax.{package}')
  known = [info.name for info in pkgutil.iter_modules(parent.__path__)]
  return sorted(name for name in known if attribute == '__name__' or hasattr(_load(package, name), attribute))


def _load(package, name):
  return importlib.import_module(f'gan_jax.{package}.{name}')


def _own(name: str, attribute: str) -> ModuleType:
  if not all(part.isidentifier() for part in name.split('.')):
    raise errors.UserError(f'{name} is no dotted path of a module, as project.folder.file is')
  try:
    found = importlib.import_module(name)
  except ImportError as error:
    raise errors.UserError(f'{name} cannot be imported ({error})') from error
  if not hasattr(found, attribute):
    file = getattr(found, '__file__', None) or name  # a folder alone is no file
    raise errors.UserError(f'{name} has no {attribute}: {file} must define it')
  return found
