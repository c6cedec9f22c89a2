"""Attacks on the process of a run: whatever ends it, the same command makes what it would have made."""

import signal
import subprocess
import sys
import time

from benchmarks import report
from gan_jax import errors
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run

SHORT = ('train.num_steps=60', 'train.steps_per_dispatch=2', 'checkpoint.every=6', 'sample.every=20')
SCORED = ('evaluate.num_images=20', 'evaluate.every=24', 'evaluate.cache=')
CASES = {  # {name: the words of its command}
  'points': ('toy_ring:test', *SHORT),
  'digits': ('dcgan_digits:test', *SHORT, 'checkpoint.keep=1'),
  'population': ('toy_grid:test', *SHORT, 'population.seeds=3'),
  'pairs': ('pix2pix:test', *SHORT),
  'image pool': ('cyclegan:test', *SHORT),
  'scored': ('toy_1d:test', *SHORT, *SCORED),
}
MACHINE = ('examples_per_second', 'host_peak_bytes', 'device_peak_bytes')
GRACE = 5.0  # seconds beyond a step in which a signal ends a run
LIMIT = 600  # seconds after which a run is held to hang


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
  for count in range(10**9):
    name = list(cases)[count % len(cases)]
    if name not in straight:
      straight[name] = finished(cases[name], place / name)
    seconds, wanted = straight[name]
    folder, sign = place / f'{name}_{count}', choose()
    what, right = stopped(cases[name], folder, rng.uniform(0.2, 1) * seconds, sign)
    _, made = finished(cases[name], folder)
    equal = made == wanted
    yield f'{what}, {"equal bit for bit" if equal else f"DIFFERENT ({name})"}', right and equal


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
    return 'had ended', process.returncode == 0
  what = f'{sign.name}: status {process.returncode}'
  clean = 'Traceback' not in told or sign == signal.SIGKILL
  what += '' if clean else ', a traceback'
  late = took > GRACE
  return what + (f', after {took:.0f} s' if late else ''), process.returncode == usual and clean and not late


def finished(words, folder):
  """(seconds, what a run has made: the digest of its last state, its rows) of the command to its end."""
  begun = time.monotonic()
  process = start(words, folder)
  _, told = process.communicate(timeout=LIMIT)
  if process.returncode:
    return 0.0, told[-2000:]
  return time.monotonic() - begun, made(folder, told)


def made(folder, told):
  """(the digest of the last state, the rows) of a run that has told this."""
  run, rows = Run(folder), []
  for row in run.logged():
    rows.append({name: value for name, value in row.items() if name not in MACHINE})
  digests = Checkpoints(run.checkpoints).digests()
  if not digests or not run.finished.exists():
    raise errors.UserError(f'{folder} has not come to its end: {told[-500:]}')
  return digests[-1], rows


def start(words, folder):
  """The process of a run."""
  config, *fields = words
  command = [sys.executable, 'main.py', f'--config={config}', f'--workdir={folder}']
  command += [f'--config.{field}' for field in (*fields, 'log.tensorboard=False')]
  return subprocess.Popen(
    command, cwd=report.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
  )
