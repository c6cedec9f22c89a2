"""The folder of a run: where things are, what it was made with, and whether it may be gone on with."""

import dataclasses
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import zlib
from pathlib import Path

import jax
from ml_collections import ConfigDict

from gan_jax import errors

LONGEST = 180  # characters of a folder's name
PACKAGES = ('jax', 'jaxlib', 'flax', 'optax', 'orbax-checkpoint', 'numpy')
# What may change when a run is gone on with: it does not enter the mathematics of a step.
FREE = (
  *('train.num_steps', 'log', 'sample', 'checkpoint', 'evaluate', 'parallel'),
  *('data.data_dir', 'data.manual_dir', 'data.max_resident_bytes'),
)


@dataclasses.dataclass(frozen=True)
class Run:
  """The files of one run."""

  folder: Path

  config = property(lambda self: self.folder / 'config.json')
  metrics = property(lambda self: self.folder / 'metrics.jsonl')
  samples = property(lambda self: self.folder / 'samples')
  figures = property(lambda self: self.folder / 'figures')
  checkpoints = property(lambda self: self.folder / 'checkpoints')
  tensorboard = property(lambda self: self.folder / 'tensorboard')

  def open(self, config, spec, notice=print):
    """Begins the run, or goes on with it. Raises UserError if it was made by a config that differs."""
    if self.config.exists():
      before = self._read()
      refuse_differences(self.folder, before['config'], plain(config))
      for name, value in environment().items():
        if name != 'git' and before['environment'].get(name) != value:
          notice(
            f'{name} was {before["environment"].get(name)}, is {value}: results agree, but not bit for bit'
          )
    self.folder.mkdir(parents=True, exist_ok=True)
    shapes = {name: [list(like.shape), str(like.dtype)] for name, like in spec.items()}
    record = {'config': plain(config), 'batch': shapes, 'environment': environment()}
    write_whole(self.config, json.dumps(record, indent=2))

  def stored(self):
    """(config, spec) that the run was made with. Raises UserError if the folder is no run."""
    record = self._read()
    spec = {name: jax.ShapeDtypeStruct(shape, dtype) for name, (shape, dtype) in record['batch'].items()}
    return ConfigDict(_tuples(record['config'])), spec

  def rows(self):
    """The logged metrics, a dict a row; a row that was cut off by a crash is left out."""
    rows = []
    for line in self.metrics.read_text(errors='replace').splitlines() if self.metrics.exists() else ():
      try:
        rows.append(json.loads(line))
      except json.JSONDecodeError:
        continue
    return rows

  def _read(self):
    if not self.config.exists():
      raise errors.UserError(f'{self.folder} is not the folder of a run: it has no config.json')
    try:
      record = json.loads(self.config.read_text())
      return {part: record[part] for part in ('config', 'batch', 'environment')}
    except (ValueError, KeyError, TypeError) as error:  # no JSON, no text, or another program's
      raise errors.UserError(
        f'{self.config} is broken ({error!r}); restore it or train in another --workdir'
      ) from error


def default_folder(config_path, overrides):
  """runs/<config name>,<field>=<value>,...: the overridden fields that make a run another one."""
  name = Path(config_path.removesuffix(':test')).stem + ('_test' if config_path.endswith(':test') else '')
  parts = [f'{field}={value}' for field, value in sorted(dict(overrides).items()) if not is_free(field)]
  whole = re.sub(r'[^\w.,=+-]+', '_', ','.join([name, *parts]))
  if len(whole) > LONGEST:  # file systems take 255 bytes
    whole = f'{whole[:LONGEST]}-{zlib.crc32(whole.encode()):08x}'
  return Path('runs') / whole


def is_free(field):
  """Whether a field may change when a run is gone on with."""
  return any(field == free or field.startswith(f'{free}.') for free in FREE)


def refuse_differences(folder, before, now):
  """Raises UserError that shows the fields that differ, if any that matter do."""
  before, now = _flat(before), _flat(now)
  differ = [name for name in before if not is_free(name) and name in now and before[name] != now[name]]
  gone = [name for name in before if not is_free(name) and name not in now]
  if differ or gone:
    shown = [f'{name}: {before[name]} there, {now.get(name, "absent")} here' for name in (differ + gone)[:6]]
    raise errors.UserError(
      f'{folder} was made by another config ({"; ".join(shown)}): choose another --workdir, or leave it out'
    )


def environment():
  """What the bits of a run depend on, and what is needed to repeat it."""
  device = jax.devices()[0]
  versions = {package: importlib.metadata.version(package) for package in PACKAGES}
  return {
    **versions,
    'python': platform.python_version(),
    'device': device.device_kind if device.platform != 'cpu' else f'cpu ({platform.machine()})',
    'devices': jax.device_count(),
    'cores': len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count(),
    'git': git_state(),
  }


def git_state():
  """The commit of this code, with '+' if files differ from it; '' outside a git checkout."""
  call = lambda *words: subprocess.run(
    ['git', '-C', str(Path(__file__).parent), *words], capture_output=True, text=True, check=True
  ).stdout.strip()
  try:
    return call('rev-parse', 'HEAD') + ('+' if call('status', '--porcelain', '--untracked-files=no') else '')
  except (OSError, subprocess.CalledProcessError):
    return ''


def write_whole(path, text):
  """Writes a text file so that a reader, or a crash, never meets half of it."""
  partial = path.with_name(path.name + '.partial')
  partial.write_text(text)
  partial.replace(path)


def plain(config):
  """A config as JSON has it: dicts, lists, numbers, strings."""
  return json.loads(json.dumps(config.to_dict()))


def _flat(tree, prefix=''):
  if not isinstance(tree, dict):
    return {prefix: tree}
  return {
    k: v for name, sub in tree.items() for k, v in _flat(sub, f'{prefix}.{name}' if prefix else name).items()
  }


def _tuples(tree):
  if isinstance(tree, dict):
    return {name: _tuples(sub) for name, sub in tree.items()}
  return tuple(map(_tuples, tree)) if isinstance(tree, list) else tree
