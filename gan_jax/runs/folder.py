"""The folder of a run: where things are, what it was trained with, and whether it may be resumed."""

import dataclasses
import json
import re
import shutil
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from gan_jax import configs, errors
from gan_jax.configs import lengths
from gan_jax.configs.overrides import Override
from gan_jax.data.spec import Spec
from gan_jax.runs.environment import environment
from gan_jax.runs.files import write_whole

LONGEST = 180  # characters of a folder's name
SCORE = 'score/'  # begins the names of scores in a row of metrics.jsonl
# What may change when a run is resumed: it does not enter the mathematics of a step.
FREE = (
  *('train.num_steps', 'log', 'sample', 'checkpoint', 'evaluate', 'parallel'),
  *('data.data_dir', 'data.manual_dir', 'data.max_resident_bytes'),
  *lengths.FIELDS,  # what jumps is said
)
# And what may change as long as the data do not: a folder may be moved.
PLACES = ('data.path', 'data.source_path', 'data.labels', 'data.attribute_table')


@dataclasses.dataclass(frozen=True)
class Run:
  """The files of one run."""

  folder: Path

  config = property(lambda self: self.folder / 'config.json')
  metrics = property(lambda self: self.folder / 'metrics.jsonl')
  copies_file = property(lambda self: self.folder / 'copies.jsonl')
  samples = property(lambda self: self.folder / 'samples')
  figures = property(lambda self: self.folder / 'figures')
  checkpoints = property(lambda self: self.folder / 'checkpoints')
  best = property(lambda self: self.folder / 'best')
  tensorboard = property(lambda self: self.folder / 'tensorboard')
  evaluation = property(lambda self: self.folder / 'evaluation.json')

  def open(self, config: ConfigDict, spec: Spec, notice: Callable = print) -> None:
    """Begins the run, or resumes it. Raises UserError if what it has saved was made by a config that differs.

    A run that has saved nothing, because its first command failed, begins again with this config.
    """
    if self.config.exists():
      before = self._read()  # another program's config.json is not written over
      if self.begun():
        self._resume(before, config, spec, notice)
      else:
        notice(f'{self.folder} has no checkpoint: it begins again')
        shutil.rmtree(self.best, ignore_errors=True)
    self.folder.mkdir(parents=True, exist_ok=True)
    record = {'config': plain(config), 'spec': spec.to_json(), 'environment': environment()}
    write_whole(self.config, json.dumps(record, indent=2))

  def begun(self) -> bool:
    """Whether it has saved anything that is to be continued."""
    return any(path.name.isdigit() for path in self.checkpoints.glob('*'))

  def stored(self) -> tuple[dict[str, Any], Spec]:
    """(values of the config's fields, spec) that the run is trained with; see configs.complete.

    Raises UserError if the folder is no run.
    """
    record = self._read()
    return _tuples(record['config']), Spec.from_json(record['spec'])

  def rows(self) -> list[dict[str, float]]:
    """The logged metrics of the steps, a dict a row."""
    return [row for row in self.logged() if not is_scores(row)]

  def scores(self) -> list[dict[str, float]]:
    """The scores that were taken while it trained, {'step': ..., name: ...} a row."""
    return [
      {name.removeprefix(SCORE): value for name, value in row.items()}
      for row in self.logged()
      if is_scores(row)
    ]

  def logged(self) -> list[dict[str, float]]:
    """All rows of metrics.jsonl; one that was cut off by a crash is left out."""
    return _lines(self.metrics)

  def copies(self) -> list[dict[str, Any]]:
    """The rows {'step': int, name: [P]} of the copies of a population, if log.copies asked for them."""
    return _lines(self.copies_file)

  def _resume(self, before, config, spec, notice):
    completed = configs.complete(_tuples(before['config']), notice)
    learned = Spec.from_json(before['spec']).fingerprint
    moved = PLACES if learned and learned == spec.fingerprint else ()
    refuse_differences(self.folder, plain(completed), plain(config), moved)
    if learned and not moved:
      raise other_data(self.folder, learned, spec.fingerprint)
    if jump := lengths.moved(completed, config):
      notice(jump)
    for name, value in environment().items():
      if name != 'git' and before['environment'].get(name) != value:
        notice(
          f'{name} was {before["environment"].get(name)}, is {value}: results agree, but not bit for bit'
        )

  def _read(self):
    if not self.config.exists():
      raise errors.UserError(f'{self.folder} is not the folder of a run: it has no config.json')
    try:
      record = json.loads(self.config.read_text())
      if 'batch' in record:  # of a version without a Spec: vectors were points
        view = 'points' if len(record['batch']['image'][0]) == 2 else 'images'
        names = record['config']['data'].get('attributes', [])
        record['spec'] = {'batch': record['batch'], 'view': view, 'attribute_names': names}
      return {part: record[part] for part in ('config', 'spec', 'environment')}
    except (ValueError, KeyError, TypeError) as error:  # no JSON, no text, or another program's
      raise errors.UserError(
        f'{self.config} is broken ({error!r}); restore it or train in another --workdir'
      ) from error


def _lines(file):
  """The objects in a file of JSON lines; one that was cut off is left out."""
  rows = []
  for line in file.read_text(errors='replace').splitlines() if file.exists() else ():
    try:
      rows.append(json.loads(line))
    except json.JSONDecodeError:
      continue
  return rows


def is_scores(row: Mapping[str, float]) -> bool:
  """Whether a row of metrics.jsonl has scores, and no losses."""
  return any(name.startswith(SCORE) for name in row)


def default_folder(config_path: str, overrides: Iterable[Override], root: str = 'runs') -> Path:
  """runs/<config name>,<field>=<value>,...: the overridden fields that make a run another one."""
  file, _, variant = config_path.partition(':')
  name = Path(file).stem + (f'_{variant}' if variant else '')
  parts = [f'{field}={value}' for field, value in sorted(dict(overrides).items()) if not is_free(field)]
  return Path(root) / named([name, *parts])


def named(parts: Iterable[str]) -> str:
  """Parts with commas between them, as a file system takes it: 255 bytes at most, no slashes."""
  whole = re.sub(r'[^\w.,=+-]+', '_', ','.join(parts))
  return f'{whole[:LONGEST]}-{zlib.crc32(whole.encode()):08x}' if len(whole) > LONGEST else whole


def is_free(field: str) -> bool:
  """Whether a field may change when a run is resumed."""
  return any(field == free or field.startswith(f'{free}.') for free in FREE)


def refuse_differences(folder: Path, before: Mapping, now: Mapping, free: Collection[str] = ()) -> None:
  """Raises UserError that shows the fields that differ, if any that matter do; those in `free` do not."""
  before, now = flat(before), flat(now)
  bound = [name for name in before if not is_free(name) and name not in free]
  differ = [name for name in bound if name in now and before[name] != now[name]]
  gone = [name for name in bound if name not in now]
  if differ or gone:
    shown = [f'{name}: {before[name]} there, {now.get(name, "absent")} here' for name in (differ + gone)[:6]]
    raise errors.UserError(
      f'{folder} was made by another config ({"; ".join(shown)}): choose another --workdir, or leave it out'
    )


def other_data(folder: Path, learned: str, now: str) -> errors.UserError:
  """The UserError for data that have changed since the run began, by their fingerprints then and now."""
  return errors.UserError(
    f'{folder} has learned from {learned}, and now there are {now}: put back what it had, or go on with its'
    f' networks in another run: --workdir=NEW --config.train.init_from={folder}'
  )


def plain(config: ConfigDict) -> dict[str, Any]:
  """A config as JSON has it: dicts, lists, numbers, strings."""
  return json.loads(json.dumps(config.to_dict()))


def flat(tree: Any, prefix: str = '') -> dict[str, Any]:
  """{'section.field': value} of nested dicts."""
  if not isinstance(tree, dict):
    return {prefix: tree}
  return {
    k: v for name, sub in tree.items() for k, v in flat(sub, f'{prefix}.{name}' if prefix else name).items()
  }


def _tuples(tree):
  if isinstance(tree, dict):
    return {name: _tuples(sub) for name, sub in tree.items()}
  return tuple(map(_tuples, tree)) if isinstance(tree, list) else tree
