"""Whether runs repeat to the bit on this device: two starts, and one that was killed and went on.

python -m benchmarks.repeats [--config=configs/dcgan_digits.py] [--steps=1000] [--config.FIELD=VALUE ...]

Each is a process of its own, so that nothing is shared but the files. Told is how many of the arrays of the
last state differ from those of the first run, and by how much; the exit status is 1 if any does.
"""

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import report
from gan_jax import command_line, errors
from gan_jax.configs.overrides import split
from gan_jax.runs import stored
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run

PARTS = 'variables', 'opt_state', 'ema'
PAUSE = 0.05  # seconds between two looks at a run that is to be killed


def main(words):
  """Returns the exit status."""
  overrides, rest = split(words)
  parser = report.parser(__doc__, 'repeats')
  parser.add_argument('--config', default='configs/dcgan_digits.py')
  parser.add_argument('--steps', type=int, default=1000)
  flags = parser.parse_args(rest)
  fields = {'train.num_steps': flags.steps, 'checkpoint.every': flags.steps // 5, **dict(overrides)}
  command = [sys.executable, 'main.py', f'--config={flags.config}']
  command += [f'--config.{field}={text}' for field, text in fields.items()]
  with tempfile.TemporaryDirectory() as temporary:
    runs = {name: Run(Path(temporary) / name) for name in ('first', 'second', 'killed')}
    stopped = kill(command, runs['killed'], 2 * fields['checkpoint.every'])
    for run in runs.values():
      finish(command, run)
    states = {name: last(run) for name, run in runs.items()}
  rows = [{'run': name, **difference(states['first'], states[name])} for name in ('second', 'killed')]
  for row in rows:
    print('{run}: {differing} of {arrays} arrays differ, by at most {most:.3g}'.format(**row))
  report.write(flags.out, 'repeats', words, {'killed_after_step': stopped, 'rows': rows})
  return int(any(row['differing'] for row in rows))


def kill(command, run, step):
  """Starts a run and kills it once it has a checkpoint of `step`; returns its last one's."""
  run.folder.mkdir(parents=True)
  with (run.folder / 'log').open('w') as log:
    process = subprocess.Popen([*command, f'--workdir={run.folder}'], cwd=report.ROOT, stdout=log, stderr=log)
    while process.poll() is None and not (run.checkpoints / str(step)).exists():
      time.sleep(PAUSE)
    process.send_signal(signal.SIGKILL)
  kept = [int(folder.name) for folder in run.checkpoints.glob('*') if folder.name.isdigit()]
  if process.wait() == 0 or not kept:
    raise errors.UserError(f'{run.folder}: was not there to be killed: {(run.folder / "log").read_text()}')
  return max(kept)


def finish(command, run):
  """Lets a run come to its end. Raises UserError with what it said if it fails."""
  done = subprocess.run(
    [*command, f'--workdir={run.folder}'], cwd=report.ROOT, capture_output=True, text=True, check=False
  )
  if done.returncode:
    raise errors.UserError((done.stdout + done.stderr)[-2000:])


def last(run):
  """{name: array} of the networks, their optimizers and averages in the last state."""
  path = run.checkpoints / str(Checkpoints(run.checkpoints).latest())
  return stored.load(path, lambda name: name.split('/')[0] in PARTS)[1]


def difference(one, other):
  """{how many arrays there are, how many differ, the largest difference} of two states."""
  apart = [name for name in one if not np.array_equal(one[name], other[name], equal_nan=True)]
  most = max((np.abs(one[name].astype(float) - other[name].astype(float)).max() for name in apart), default=0)
  return {'arrays': len(one), 'differing': len(apart), 'most': float(most)}


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
