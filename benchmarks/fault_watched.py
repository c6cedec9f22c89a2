"""Trials in a process of their own, so that a crash is seen, and one that hangs is ended.

Trial k is a function of the seed and k; the files of those that went wrong are kept in the folder KEPT of the
system's temporary ones.
"""

import contextlib
import io
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from pathlib import Path

from gan_jax import errors

LIMIT, LONG = 5.0, 120.0  # seconds of work, and on a clock
LINE = 4000  # signs of an error, at most
KEPT = 'gan_jax_fuzz'


def watched(place, rng, trial):
  """Gives (what happened, whether it was right) of trial(rng, k) for k = 0, 1, ..., in another process."""
  seed, k = rng.randrange(2**31), 0
  while True:
    here, there = multiprocessing.Pipe()
    reader = multiprocessing.get_context('fork').Process(target=_read, args=(there, trial, seed), daemon=True)
    reader.start()
    there.close()
    try:
      while reader.is_alive():
        what = _answer(here, reader, k)
        right = what in ('read', 'refused')
        if not right:
          shutil.copytree(place, Path(tempfile.gettempdir()) / KEPT / f'{seed}_{k}', dirs_exist_ok=True)
        yield what, right
        k += 1
    finally:
      reader.kill()
      reader.join()


def _answer(here, reader, k):
  """What trial k came to: 'hung' after LIMIT seconds of work, or that its process has ended."""
  begun, used = time.monotonic(), work(reader.pid)
  try:
    here.send(k)
    while not here.poll(0.2):
      if work(reader.pid) - used > LIMIT or time.monotonic() - begun > LONG:
        reader.kill()
        reader.join()
        return 'hung'
    return here.recv()
  except (EOFError, BrokenPipeError, ConnectionResetError):
    reader.join()
    return f'ended with {reader.exitcode}'


def work(pid):
  """Seconds that a process has computed; 0 where nothing tells."""
  try:
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
  except OSError:
    return 0.0


def _read(there, trial, seed):
  with contextlib.redirect_stdout(io.StringIO()), open(os.devnull, 'w') as nothing:
    os.dup2(nothing.fileno(), 2)  # libraries in C tell what they find odd
    while True:
      k = there.recv()
      try:
        trial(random.Random(f'{seed} {k}'), k)
        what = 'read'
      except errors.UserError as error:
        line = str(error)
        what = 'refused' if line.isprintable() and len(line) < LINE else 'refused in no line'
      except Exception as error:
        what = f'{type(error).__name__}: {error}'[:200]
      there.send(what)
