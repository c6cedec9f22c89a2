"""Power cuts: what is on the disk at each point of a save is made from a log of what was written and synced.

Of each point there are two disks, the extremes of what file systems do with what was not synced: on one all
names are there, and files lack what was not synced; on the other only names whose folder was synced.
"""

import builtins
import contextlib
import io
import os
import shutil
from pathlib import Path
from unittest import mock

from benchmarks import fault_files
from gan_jax.runs import checkpoints


def power(place, rng):
  """Cuts the power at random points of four saves, of which two are kept.

  Gives (what happened, whether it was right): what is loaded is the last state whose save had returned, or
  a later one.
  """
  experiment, facts, states, wanted = fault_files.made(range(1, 5))
  log = []
  with recorded(place / 'run', log), checkpoints.Checkpoints(place / 'run', 2, facts=facts) as saved:
    for state in states:
      saved.save(state)
      saved.wait()
      log.append(('saved', int(state.step)))
  while True:
    cut, names_first = rng.randrange(len(log) + 1), rng.random() < 0.5
    disk = place / 'disk'
    disk.mkdir()
    replay(log[:cut], place / 'run', disk, names_first)
    done = max((event[1] for event in log[:cut] if event[0] == 'saved'), default=0)
    yield outcome(experiment, disk, facts, wanted, done)
    shutil.rmtree(disk)


def outcome(experiment, disk, facts, wanted, done):
  """What is loaded after a cut before which the save of step `done` had returned; 0: none had."""
  with checkpoints.Checkpoints(disk, facts=facts, notice=lambda _: None) as saved:
    if not done and not saved.steps():
      return 'no save had returned, none is there', True
    try:
      state = experiment.restore(saved)
    except Exception as error:
      return f'{error}', not done
  step = int(state.step)
  right = step >= done and fault_files.digest(state) == wanted[step]
  return ('the last state that was saved is there' if right else f'{step} in the place of {done}'), right


@contextlib.contextmanager
def recorded(folder, log):
  """A context in which what is done to files below `folder` is noted, in order."""

  def noting(usual, kind, paths):
    def call(*arguments, **named):
      result = usual(*arguments, **named)
      found = [Path(path) for path in paths(*arguments, **named)]
      if found and found[0].is_relative_to(folder.absolute()):
        log.append((kind, *found))
      return result

    return call

  def synced(descriptor):
    path = Path(os.readlink(f'/proc/self/fd/{descriptor}'))
    usual(descriptor)
    if path.is_relative_to(folder.absolute()):
      log.append(('sync', path, None if path.is_dir() else path.read_bytes()))

  def opened(path, mode='r', *_, **__):
    return [path] if isinstance(path, str | Path) and set(mode) & set('wax') else []

  usual = os.fsync
  both = lambda path, other, *_: [path, other]
  one = lambda path, *_, **__: [path]
  with contextlib.ExitStack() as stack:
    for where, name, kind, paths in (
      (Path, 'mkdir', 'mkdir', one),
      (Path, 'rename', 'rename', both),
      (Path, 'replace', 'rename', both),
      (shutil, 'rmtree', 'remove', one),
      (builtins, 'open', 'create', opened),
      (io, 'open', 'create', opened),
    ):
      stack.enter_context(mock.patch.object(where, name, noting(getattr(where, name), kind, paths)))
    stack.enter_context(mock.patch.object(os, 'fsync', synced))
    yield


def replay(log, folder, disk, names_first):
  """Makes the disk of a log that was cut off."""
  folder = folder.absolute()
  at = lambda path: disk / path.relative_to(folder)
  synced = {}
  for k, event in enumerate(log):
    if event[0] == 'sync':
      synced[event[1]] = k  # the last time
  for k, (kind, path, *more) in enumerate(log):
    if kind == 'saved':
      continue
    folders = [path.parent, *(other.parent for other in more if kind == 'rename')]
    kept = names_first or kind == 'sync' or path == folder
    if not kept and not all(synced.get(parent, -1) > k for parent in folders):
      continue
    place = at(path)
    if kind == 'mkdir':
      place.mkdir(parents=True, exist_ok=True)
    elif kind == 'create' and place.parent.is_dir():
      place.write_bytes(b'')
    elif kind == 'sync' and more[0] is not None and place.exists():
      place.write_bytes(more[0])
    elif kind == 'rename' and place.exists():
      place.rename(at(more[0]))
    elif kind == 'remove':
      shutil.rmtree(place, ignore_errors=True)
