"""A disk that is full at any write of a run: nothing with its final name is half written.

A file system gives room by pages of 4 KiB, and an entry to each file or folder: disks of 1, 2, 3 ... pages,
and of 2, 3, 4 ... entries, are full at each write of the run that can find them full. Needs the right to
mount a tmpfs, which is the disk; without it no trial is made. The runs are made in this process, so that
their programs are compiled once, and a disk has a moment for the last state instead of a minute.
"""

import contextlib
import io
import subprocess
import sys
import zipfile
from unittest import mock

import numpy as np
from PIL import Image

from benchmarks import fault_processes
from gan_jax import command_line, errors
from gan_jax.runs import checkpoints, stored
from gan_jax.runs.arrays import Damaged
from gan_jax.runs.folder import Run

CONFIG = 'dcgan_digits:test'
FIELDS = ('train.num_steps=12', 'train.steps_per_dispatch=2', 'checkpoint.every=4', 'checkpoint.keep=1')
FIELDS += ('sample.every=6', 'evaluate.num_images=20', 'evaluate.every=6', 'evaluate.cache=')
FIELDS += ('generator.width=4', 'discriminator.widths=4')
PAGE = 4096
ROOM = {'size': 2**30, 'nr_inodes': 10_000}  # of a disk that is not full
BEYOND = 1.2  # of what there is in the end: what there may be in between


def full(place, rng, fields=FIELDS):
  """Trains on disks of all sizes, in a random order, then goes on with room.

  Gives (what happened, whether it was right).
  """
  disk = place / 'disk'
  disk.mkdir()
  with tmpfs(disk, ROOM) as there:
    if not there:
      print('no right to mount a tmpfs: not tried', file=sys.stderr)
      return
    trained(disk / 'run', fields)
    wanted = fault_processes.made(disk / 'run')
    paths = list(disk.rglob('*'))
    pages = sum(-(-path.stat().st_size // PAGE) for path in paths if path.is_file())
  sizes = [{'size': PAGE * count} for count in range(1, int(BEYOND * pages))]
  sizes += [{'nr_inodes': count} for count in range(2, int(BEYOND * len(paths)))]
  for size in rng.sample(sizes, len(sizes)):
    with tmpfs(disk, {**ROOM, **size}):
      what, right = outcome(disk / 'run', *trained(disk / 'run', fields))
      mount(disk, ROOM, 'remount,')
      status, told = trained(disk / 'run', fields)
      equal = (
        not status and Run(disk / 'run').finished.exists() and fault_processes.made(disk / 'run') == wanted
      )
      yield f'{what}, {"then equal bit for bit" if equal else f"then DIFFERENT: {told}"}', right and equal


@contextlib.contextmanager
def tmpfs(disk, size):
  """A context in which a disk lies there; gives whether it may be mounted."""
  there = mount(disk, size)
  try:
    yield there
  finally:
    if there:
      subprocess.run(['umount', '-l', str(disk)], check=False)


def mount(disk, size, again=''):
  """Whether a tmpfs of so many bytes and entries lies there now."""
  options = again + ','.join(f'{name}={count}' for name, count in size.items())
  words = ['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', str(disk)]
  return subprocess.run(words, capture_output=True, check=False).returncode == 0


def trained(folder, fields):
  """(the exit status, what was told) of the command of a run."""
  words = [f'--config={CONFIG}', f'--workdir={folder}', *(f'--config.{field}' for field in fields)]
  told = io.StringIO()
  soon = mock.patch.multiple(checkpoints, PATIENCE=0.1, AGAIN=0.05)
  with soon, contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
    try:
      return command_line.main(words), told.getvalue()
    except errors.UserError as error:
      return 1, f'{told.getvalue()}\n{error}'
    except Exception as error:
      known = isinstance(error, OSError) and error.errno in command_line.DISK
      return 1, f'{told.getvalue()}\n{error}' if known else f'{told.getvalue()}\nTraceback of {error!r}'


def outcome(folder, status, told):
  """(what a run on a full disk has done, whether it should): it ended, and all that is there is whole."""
  broken = [path.name for path in folder.rglob('*') if path.is_file() and not is_whole(path)]
  for path in Run(folder).checkpoints.glob('[0-9]*'):
    try:
      if path.suffix == '':
        stored.check(path)
    except Damaged as error:
      broken.append(f'{path.name} ({error})')
  if broken:
    return f'half written: {broken}', False
  if 'Traceback' in told:
    return f'a traceback: {told.splitlines()[-1]}', False
  if status:
    return 'stopped in one line', status == 1
  return ('came to its end, told what is lacking' if 'No space left' in told else 'had room'), True


def is_whole(path):
  """Whether a picture or an archive can be read to its end; other files are."""
  try:
    if path.suffix in ('.png', '.gif'):
      with Image.open(path) as image:
        image.load()
    elif path.suffix == '.npz':
      with np.load(path, allow_pickle=False) as arrays:
        [arrays[name] for name in arrays]
  except (OSError, ValueError, SyntaxError, EOFError, zipfile.BadZipFile):
    return False
  return True
