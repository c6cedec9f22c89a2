"""Attacks on the process of a run: whatever ends it, the same command makes what it would have made."""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import report
from gan_jax import errors
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run

SHORT = ('train.num_steps=60', 'train.steps_per_dispatch=2', 'checkpoint.every=6', 'sample.every=20')
SCORED = ('evaluate.num_images=20', 'evaluate.every=24', 'evaluate.cache=')
DECODED = ('data.name=folder', 'data.path={place}/pictures', 'data.data_dir={folder}/decoded')
PICTURES = 2000
CASES = {  # {name: the words of its command}
  'points': ('toy_ring:test', *SHORT),
  'digits': ('dcgan_digits:test', *SHORT, 'checkpoint.keep=1'),
  'population': ('toy_grid:test', *SHORT, 'population.seeds=3'),
  'pairs': ('pix2pix:test', *SHORT),
  'image pool': ('cyclegan:test', *SHORT),
  'scored': ('toy_1d:test', *SHORT, *SCORED),
  'decoded': ('dcgan_digits:test', *SHORT, *DECODED),
}
MACHINE = ('examples_per_second', 'host_peak_bytes', 'device_peak_bytes')
GRACE = 5.0  # seconds beyond a step in which a signal ends a run
LIMIT = 600  # seconds after which a run is held to hang
ENDED = 'had ended'
KEPT = 'gan_jax_faults'  # in the folder for temporary files: the runs that went wrong


def kill(place, rng, cases=CASES):
  """Kills runs at random instants and lets them come to their end.

  Gives (what happened, whether it was right).
  """
  yield from attacked(place, rng, cases, lambda: signal.SIGKILL)


def term(place, rng, cases=CASES):
  """Stops them by SIGTERM or SIGINT instead."""
  yield from attacked(place, rng, cases, lambda: rng.choice([signal.SIGTERM, signal.SIGINT]))


def attacked(place, rng, cases, choose):
  straight = {}
  if 'decoded' in cases:
    paint(place / 'pictures', PICTURES)
  for count in range(10**9):
    name = list(cases)[count % len(cases)]
    if name not in straight:
      straight[name] = finished(cases[name], place / name)
    seconds, wanted = straight[name]
    folder, sign = place / f'{name}_{count}', choose()
    what, right = stopped(cases[name], folder, rng.uniform(0.1, 1) * seconds, sign)
    _, made = finished(cases[name], folder)
    equal = made == wanted
    if what != ENDED or not right or not equal:  # else it was no attack
      yield f'{what}, {"equal bit for bit" if equal else f"DIFFERENT ({name})"}', right and equal
    if right and equal:
      shutil.rmtree(folder)
    else:
      aside = Path(tempfile.gettempdir()) / KEPT / f'{name}_{count}_{time.time():.0f}'
      aside.parent.mkdir(exist_ok=True)
      shutil.move(folder, aside)


def stopped(words, folder, seconds, sign):
  """(what a run did that was sent a signal after so many seconds, whether it should)."""
  process = start(words, folder)
  time.sleep(seconds)
  sent, alive = time.monotonic(), process.poll() is None
  process.send_signal(sign)
  try:
    _, told = process.communicate(timeout=LIMIT)
  except subprocess.TimeoutExpired:
    process.kill()
    return 'hung', False
  took, usual = time.monotonic() - sent, {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[sign]
  if not alive or process.returncode == 0:
    return ENDED, process.returncode == 0
  what = f'{sign.name}: status {process.returncode}'
  clean = 'Traceback' not in told or sign == signal.SIGKILL
  what += '' if clean else ', a traceback'
  late, lost = took > GRACE, 0 if sign == signal.SIGKILL else unsaved(Run(folder))
  what += (f', after {took:.0f} s' if late else '') + (f', {lost} steps lost' if lost else '')
  return what, process.returncode == usual and clean and not late and not lost


def unsaved(run):
  """How many steps a run has logged after the last that it has saved."""
  logged = max((row['step'] for row in run.logged()), default=0)
  return max(0, logged - (Checkpoints(run.checkpoints).latest() or 0))


def finished(words, folder):
  """(seconds, what a run has made: the digest of its last state, its rows) of the command to its end."""
  begun = time.monotonic()
  process = start(words, folder)
  _, told = process.communicate(timeout=LIMIT)
  if process.returncode:
    return 0.0, told[-2000:]
  return time.monotonic() - begun, made(folder, told)


def made(folder, told=''):
  """(the digest of the last state, the rows) of a run that has told this."""
  run, rows = Run(folder), []
  for row in run.logged():
    rows.append({name: value for name, value in row.items() if name not in MACHINE})
  digests = Checkpoints(run.checkpoints).digests()
  if not digests or not run.finished.exists():
    raise errors.UserError(f'{folder} has not come to its end: {told[-500:]}')
  return digests[-1], rows


def paint(folder, count):
  """So many pictures of noise."""
  folder.mkdir()
  rng = np.random.default_rng(0)
  for k in range(count):
    Image.fromarray(rng.integers(0, 256, (96, 96, 3), np.uint8)).save(folder / f'{k}.png', compress_level=1)


def start(words, folder):
  """The process of a run."""
  config, *fields = [word.format(folder=folder, place=folder.parent) for word in words]
  command = [sys.executable, 'main.py', f'--config={config}', f'--workdir={folder}']
  command += [f'--config.{field}' for field in (*fields, 'log.tensorboard=False')]
  return subprocess.Popen(
    command, cwd=report.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
  )
