"""The folder of a run: where things are, what it was trained with, and whether it may be resumed."""

import dataclasses
import json
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from gan_jax import configs, errors
from gan_jax.configs import lengths
from gan_jax.configs.overrides import Override
from gan_jax.data.decoding import regular
from gan_jax.data.spec import Spec
from gan_jax.runs import differences, lock, logged
from gan_jax.runs.checkpoints import DIGESTS, Checkpoints
from gan_jax.runs.differences import is_free
from gan_jax.runs.environment import environment
from gan_jax.runs.files import tidy, unused, write_whole

LONGEST = 180  # characters of a folder's name
BEFORE, BEST_BEFORE = 'metrics_before.jsonl', 'best_before'  # of a run whose checkpoints are gone
DEEPEST = 20  # lists or dicts within each other
BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
# What may change, besides what is free, as long as the data do not: a folder may be moved.
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
  failures = property(lambda self: self.folder / 'failures')
  finished = property(lambda self: self.folder / 'finished.json')
  tensorboard = property(lambda self: self.folder / 'tensorboard')
  evaluation = property(lambda self: self.folder / 'evaluation.json')

  def open(self, config: ConfigDict, spec: Spec, notice: Callable = print) -> None:
    """Begins the run, or resumes it. Raises UserError if what it has saved was made by a config that differs.

    A run that has saved nothing, because its first command failed, begins again with this config.
    """
    if self.config.exists() or self.begun():
      before = self._read()  # another program's config.json is not written over
      if self.begun():
        self._resume(before, config, spec, notice)
      else:
        notice(f'{self.folder} has no checkpoint: it begins again')
        if self.best.is_dir():
          aside = self.best.rename(unused(self.folder / BEST_BEFORE))
          notice(f'{aside} has the best state of before')
        if self.logged():
          before = unused(self.folder / BEFORE)
          self.metrics.replace(before)
          notice(f'{before} has what was logged before')
        (self.checkpoints / DIGESTS).unlink(missing_ok=True)  # of states of another life
    self.folder.mkdir(parents=True, exist_ok=True)
    for folder in (self.folder, self.samples, self.figures):
      tidy(folder)
    write_whole(self.config, json.dumps(facts(config, spec), indent=2))

  def check_there(self) -> None:
    """Raises UserError where the folder was moved or removed since it was opened, or is another's now."""
    try:
      lock.check(self.folder)
    except OSError as error:
      raise errors.UserError(f'{self.folder}: {error.strerror}') from error

  def begun(self) -> bool:
    """Whether it has saved anything that is to be continued."""
    return any(path.name.isdecimal() for path in self.checkpoints.glob('*'))

  def stored(self) -> tuple[dict[str, Any], Spec]:
    """(values of the config's fields, spec) that the run is trained with; see configs.complete.

    Raises UserError if the folder is no run.
    """
    record = self._read()
    return record['config'], record['spec']

  def rows(self) -> list[dict[str, float]]:
    """The logged metrics of the steps, a dict a row."""
    return [logged.numbers(row) for row in self.logged() if logged.is_losses(row)]

  def scores(self) -> list[dict[str, float]]:
    """The scores that were taken while it trained, {'step': ..., name: ...} a row."""
    return [
      {name.removeprefix(logged.SCORE): value for name, value in logged.numbers(row).items()}
      for row in self.logged()
      if logged.is_scores(row)
    ]

  def warnings(self) -> list[dict[str, Any]]:
    """What was said of its health while it trained: {'step', 'warning'} a row, of several copies 'copies'."""
    return [row for row in self.logged() if logged.WARNING in row]

  def logged(self) -> list[dict[str, Any]]:
    """All rows of metrics.jsonl; one that was cut off by a crash, or is another program's, is left out."""
    return logged.rows_of(regular.lines(self.metrics))

  def copies(self) -> list[dict[str, Any]]:
    """The rows {'step': int, name: [P]} of the copies of a population, if log.copies asked for them."""
    return logged.rows_of(regular.lines(self.copies_file))

  def environment_changes(self) -> list[str]:
    """A line for each thing on which bits depend, and which is not what it was when the run last went on."""
    before = self._read()['environment']
    return [
      errors.printable(f'{name} was {before.get(name)}, is {value}: results agree, but not bit for bit')
      for name, value in environment().items()
      if name != 'git' and before.get(name) != value
    ]

  def _resume(self, before, config, spec, notice):
    completed = configs.complete(before['config'], notice)
    learned = before['spec'].fingerprint
    moved = PLACES if learned and learned == spec.fingerprint else ()
    saved = _tuples(Checkpoints(self.checkpoints).facts().get('config', before['config']))
    saved = configs.complete(saved, lambda _: None)
    if edited := differences.shown(plain(saved), plain(completed), PLACES):
      raise errors.UserError(
        f'{self.config} is not what its checkpoints were made by ({edited}): remove it, and the copy they'
        ' have is taken'
      )
    refuse_differences(self.folder, plain(completed), plain(config), moved)
    if learned and not moved:
      raise other_data(self.folder, learned, spec.fingerprint)
    if jump := lengths.moved(completed, config):
      notice(jump)
    for line in self.environment_changes():
      notice(line)

  def _read(self):
    kept = {} if self.config.exists() else Checkpoints(self.checkpoints).facts()
    if not kept and not self.config.exists():
      raise errors.UserError(f'{self.folder} is not the folder of a run: it has no config.json')
    try:
      record = kept or json.loads(regular.text(self.config))
      if 'batch' in record:  # of a version without a Spec: vectors were points
        view = 'points' if len(record['batch']['image'][0]) == 2 else 'images'
        names = record['config']['data'].get('attributes', [])
        record['spec'] = {'batch': record['batch'], 'view': view, 'attribute_names': names}
      if not all(isinstance(record[part], dict) for part in ('config', 'spec', 'environment')):
        raise ValueError('it has other things than dicts')
      return {**record, 'config': _tuples(record['config']), 'spec': Spec.from_json(record['spec'])}
    except BROKEN as error:  # no JSON, no text, no file, or another program's
      copied = not kept and Checkpoints(self.checkpoints).facts()
      cure = (
        'remove it, and the copy in its last checkpoint is taken'
        if copied
        else ('restore it or train in another --workdir')
      )
      raise errors.UserError(f'{self.config} is broken ({errors.reason(error)}); {cure}') from error


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


def refuse_differences(folder: Path, before: Mapping, now: Mapping, free: Collection[str] = ()) -> None:
  """Raises UserError that shows the fields that differ, if any that matter do; those in `free` do not."""
  if shown := differences.shown(before, now, free):
    raise errors.UserError(
      f'{folder} was made by another config ({shown}): choose another --workdir, or leave it out'
    )


def other_data(folder: Path, learned: str, now: str) -> errors.UserError:
  """The UserError for data that have changed since the run began, by their fingerprints then and now."""
  return errors.UserError(
    f'{folder} has learned from {learned}, and now there are {now}: put back what it had, or go on with its'
    f' networks in another run: --workdir=NEW --config.train.init_from={folder}'
  )


def facts(config: ConfigDict, spec: Spec) -> dict[str, Any]:
  """What config.json has, and each checkpoint: {'config', 'spec', 'environment'}."""
  return {'config': plain(config), 'spec': spec.to_json(), 'environment': environment()}


def plain(config: ConfigDict) -> dict[str, Any]:
  """A config as JSON has it: dicts, lists, numbers, strings; but not the secret of its processes."""
  found = json.loads(json.dumps(config.to_dict()))
  if 'token' in found.get('parallel', {}):
    found['parallel']['token'] = ''
  return found


def _tuples(tree, deep=0):
  """JSON with tuples for lists. Raises ValueError for what is deeper than any config."""
  if deep > DEEPEST:
    raise ValueError(f'it is more than {DEEPEST} lists or dicts deep')
  if isinstance(tree, dict):
    return {name: _tuples(sub, deep + 1) for name, sub in tree.items()}
  return tuple(_tuples(sub, deep + 1) for sub in tree) if isinstance(tree, list) else tree
