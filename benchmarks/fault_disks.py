"""A disk that is full at a random point of a run: nothing with its final name is half written.

Needs the right to mount a tmpfs, which is the disk; without it no trial is made.
"""

import subprocess
import sys

import numpy as np
from PIL import Image

from benchmarks import fault_processes
from gan_jax.runs import stored
from gan_jax.runs.arrays import Damaged
from gan_jax.runs.folder import Run

WORDS = ('toy_ring:test', *fault_processes.SHORT, *fault_processes.SCORED)
LEAST = 8192  # bytes: two blocks


def full(place, rng, words=WORDS):
  """Trains on a disk of a random size, then goes on with more room.

  Gives (what happened, whether it was right).
  """
  _, wanted = fault_processes.finished(words, place / 'straight')
  most = sum(path.stat().st_size for path in (place / 'straight').rglob('*') if path.is_file())
  disk = place / 'disk'
  disk.mkdir()
  while True:
    size = rng.randrange(LEAST, most)
    if not mount(disk, size):
      print('no right to mount a tmpfs: not tried', file=sys.stderr)
      return
    try:
      process = fault_processes.start(words, disk / 'run')
      _, told = process.communicate(timeout=fault_processes.LIMIT)
      what, right = outcome(disk / 'run', process.returncode, told)
      mount(disk, 20 * most, 'remount,')
      _, made = fault_processes.finished(words, disk / 'run')
      equal = made == wanted
      yield f'{what}, {"then equal bit for bit" if equal else f"then DIFFERENT: {made}"}', right and equal
    finally:
      subprocess.run(['umount', '-l', str(disk)], check=False)


def mount(disk, size, again=''):
  """Whether a tmpfs of so many bytes lies there now."""
  words = ['mount', '-t', 'tmpfs', '-o', f'{again}size={size}', 'tmpfs', str(disk)]
  return subprocess.run(words, capture_output=True, check=False).returncode == 0


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
  return ('stopped in one line', True) if status == 1 else (f'status {status}', status == 0)


def is_whole(path):
  """Whether a picture or an archive can be read to its end; other files are."""
  try:
    if path.suffix in ('.png', '.gif'):
      with Image.open(path) as image:
        image.load()
    elif path.suffix == '.npz':
      with np.load(path, allow_pickle=False) as arrays:
        [arrays[name] for name in arrays]
  except (OSError, ValueError, SyntaxError):
    return False
  return True
