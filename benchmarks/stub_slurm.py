"""A stub of SLURM on this machine, for python -m benchmarks.sweeps slurm: its tasks run in turn.

Every third is stopped once, when it has saved: killed with all of its processes, as with its node, or told
that its time is nearly over, alternately. What is stopped is queued again.
"""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import report

PROGRAM = """#!{python}
import sys

sys.path.insert(0, {root!r})
from benchmarks import stub_slurm

sys.exit(stub_slurm.{name}(sys.argv[1:]))
"""
STOPS = (signal.SIGKILL, signal.SIGUSR1)
JOB = '7'


def install(folder: Path) -> str:
  """Writes sbatch and scontrol to a folder; returns a PATH that begins with it."""
  folder.mkdir()
  for name in ('sbatch', 'scontrol'):
    file = folder / name
    file.write_text(PROGRAM.format(python=sys.executable, root=str(report.ROOT), name=name))
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
  return f'{folder}{os.pathsep}{os.environ["PATH"]}'


def sbatch(words: list[str]) -> int:
  """Runs what --wrap says, or all tasks of the array whose script is the last word."""
  for word in words:
    if word.startswith('--wrap='):
      return subprocess.run(['bash', '-c', word.removeprefix('--wrap=')]).returncode
  script, stopped = Path(words[-1]), 0
  sweep = script.parents[1]
  names = script.with_suffix('.txt').read_text().splitlines()
  for number, name in enumerate(names):
    stop = STOPS[number // 3 % 2] if number % 3 == 0 else None
    while attempt(script, number, sweep / 'trials' / name / 'checkpoints', stop):
      stopped, stop = stopped + 1, None
  (sweep / 'slurm' / 'stopped.txt').write_text(f'{stopped}\n')
  print(f'{JOB};here')
  return 0


def scontrol(words: list[str]) -> int:
  """Nothing: what ends with a status other than 0 is queued again anyway."""
  return 0


def attempt(script: Path, number: int, checkpoints: Path, stop: signal.Signals | None) -> int:
  """The exit status of a task, which is stopped as soon as it has saved."""
  environment = {**os.environ, 'SLURM_ARRAY_JOB_ID': JOB, 'SLURM_ARRAY_TASK_ID': str(number)}
  with (script.parent / f'{JOB}_{number}.txt').open('a') as log:
    command = ['bash', str(script)]
    task = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    while stop and task.poll() is None and not any(checkpoints.glob('[0-9]*')):
      time.sleep(0.02)
    if stop and task.poll() is None:
      (os.killpg if stop == signal.SIGKILL else os.kill)(task.pid, stop)
    return task.wait()
