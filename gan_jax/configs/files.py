"""Config files: which there are, and what their variants give."""

import functools
import importlib.util
import re
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import ml_collections
from ml_collections import ConfigDict

from gan_jax import errors

_HERE = Path(__file__).parent
# The experiments: inside of an installed package, beside it in a clone.
FOLDER = next(folder for folder in (_HERE / 'experiments', _HERE.parents[1] / 'configs') if folder.is_dir())


def read(path: str | Path) -> ConfigDict:
  """The config of a file, or of an experiment by its name; 'FILE:VARIANT' calls get_VARIANT_config().

  Raises UserError for a file or variant that is not there, and for fields that configs/common.py lacks.
  """
  path, _, variant = str(path).partition(':')
  module = run(find(path))
  function = f'get_{variant}_config' if variant else 'get_config'
  if not hasattr(module, function):
    raise errors.unknown('config variant', variant, variants(module))
  try:
    return getattr(module, function)()
  except (KeyError, TypeError, AttributeError) as error:
    if Path(traceback.extract_tb(error.__traceback__)[-1].filename).parts[:-1] != _LOCKS:
      raise  # the file's own mistake
    reason = str(error.args[0]).splitlines()[0].split(' Other fields')[0]
    raise errors.UserError(f'{path}: {reason}') from error


def find(path: str) -> Path:
  """The file at `path`, or that of the experiment with this name, as 'dcgan_digits'. Raises UserError."""
  file = Path(path)
  if file.is_file():
    return file
  if file.parent in (Path(), Path('configs')) and (FOLDER / f'{file.stem}.py').is_file():
    return FOLDER / f'{file.stem}.py'
  known = experiments()
  if file.suffix:
    known = [other for other in experiments(file.parent) if b'\ndef get_config(' in other.read_bytes()]
  if not known:
    raise errors.UserError(f'--config={path}: there is no such file')
  raise errors.unknown('experiment', file.stem, [other.stem for other in known])


def experiments(folder: Path = FOLDER) -> list[Path]:
  """The config files of a folder, sorted."""
  return sorted(file for file in folder.glob('*.py') if file.stem not in ('common', '__init__'))


def variants(module: ModuleType) -> list[str]:
  """The variants that a config file has besides its get_config(): 'test', ..."""
  found = (re.fullmatch(r'get_(\w+)_config', name) for name in vars(module))
  return [match.group(1) for match in found if match]


def defaults() -> ConfigDict:
  """What every experiment has, of configs/common.py."""
  return _common().get_config()


def declared() -> dict[str, Any]:
  """{section: {field: Field}} of what every experiment has, of configs/common.py."""
  return _common().FIELDS


@functools.cache
def _common():
  return run(FOLDER / 'common.py')


def run(file: Path) -> ModuleType:
  """The module of a file. Raises UserError for one that is not Python's."""
  spec = importlib.util.spec_from_file_location(file.stem, file)
  if spec is None:
    raise errors.UserError(f'{file}: a Python file is wanted, NAME.py')
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


_LOCKS = Path(ml_collections.config_dict.config_dict.__file__).parts[:-1]
