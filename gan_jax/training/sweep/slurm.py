"""A sweep as a job array of SLURM: a task is a trial, and a task that is requeued goes on with its run.

The array is over the trials that are missing when it is submitted; sweep.folder/tasks.txt has their names.
Another job, which begins when the array has ended, tells what came out.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gan_jax import errors
from gan_jax.runs import lock
from gan_jax.runs.files import write_whole
from gan_jax.training.sweep import runner
from gan_jax.training.sweep.together import Group

if TYPE_CHECKING:
  from gan_jax.training.sweep.whole import Asked

RESULTS = 'results'
AGAIN = 130  # the exit status of what was interrupted, and is saved
SCRIPT = """#!/bin/bash
# One trial of the sweep in {folder} a task: its name is line SLURM_ARRAY_TASK_ID + 1 of tasks.txt.
#SBATCH --job-name={name}
#SBATCH --array=0-{last}
#SBATCH --output={folder}/slurm/%A_%a.txt
#SBATCH --open-mode=append
# A node that is taken away, or fails: the task is queued again, under the same number.
#SBATCH --requeue
# Two minutes before its time is over, a task is told.
#SBATCH --signal=B:USR1@120
{options}
cd {here} || exit 1

# JAX takes what memory it needs, rather than three quarters of a device that others may share.
export XLA_PYTHON_CLIENT_PREALLOCATE=false

# The trial saves on SIGTERM, and ends with status {again}.
stop() {{ kill -TERM "$child"; }}
trap stop USR1 TERM

{command} --task="$SLURM_ARRAY_TASK_ID" &
child=$!
wait "$child"
status=$?
# A signal ends the first wait; the second is for what is being saved.
if kill -0 "$child" 2> /dev/null || [ "$status" -gt 128 ]; then
  wait "$child"
  status=$?
fi

# Saved, or told before it had begun: back into the queue, to go on from there.
if [ "$status" -eq {again} ] || [ "$status" -eq 143 ]; then
  scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
fi
exit "$status"
"""


def submit(
  asked: 'Asked', options: str, words: Sequence[str], notice: Callable = print, only_print: bool = False
) -> None:
  """Submits what is missing, with these options of sbatch; or only tells `notice` the script.

  `words` are those of the command line. Raises UserError where there is nothing to do, or no sbatch.
  """
  missing = [trial for trial in asked.trials if not asked.folder.state(trial).over]
  if asked.sweep.sampler != 'random':
    raise errors.UserError(
      f'sweep.search({asked.sweep.sampler!r}) asks for one setting after another: no array'
    )
  if not missing:
    raise errors.UserError(
      f'all {len(asked.trials)} trials of {asked.folder.path} are there: leave --slurm out'
    )
  command = again(words)
  text = script(asked, len(missing), options, command)
  if only_print:
    notice(text.rstrip())
    return
  with lock.Lock(asked.folder.path):
    asked.folder.open(asked.planner.base({}))
  write_whole(asked.folder.path / 'tasks.txt', ''.join(f'{trial.name}\n' for trial in missing))
  (asked.folder.path / 'slurm').mkdir(exist_ok=True)
  write_whole(asked.folder.path / 'slurm' / 'array.sh', text)
  job = sbatch(['--parsable', str(asked.folder.path / 'slurm' / 'array.sh')])
  log = f'--output={asked.folder.path}/slurm/results.txt'
  sbatch([f'--dependency=afterany:{job}', log, *shlex.split(options), f'--wrap={command} --task={RESULTS}'])
  notice(f'{len(missing)} tasks are submitted as job {job}; then {asked.folder.path}/index.html is written')


def script(asked: 'Asked', count: int, options: str, command: str) -> str:
  """The array's script, of so many tasks."""
  return SCRIPT.format(
    folder=asked.folder.path,
    name=re.sub(r'\W+', '_', asked.folder.path.name),
    last=count - 1,
    options='\n'.join(f'#SBATCH {option}' for option in shlex.split(options)),
    here=shlex.quote(str(Path.cwd())),
    command=command,
    again=AGAIN,
  )


def again(words: Sequence[str]) -> str:
  """This command, without what submits it."""
  program, *others = words
  others = [word for word in others if word.partition('=')[0] not in ('--slurm', '--print')]
  return shlex.join([sys.executable, program, *others])


def sbatch(words: Sequence[str]) -> str:
  """The number of the job. Raises UserError with what sbatch said."""
  try:
    done = subprocess.run(['sbatch', *words], capture_output=True, text=True, check=True)
  except FileNotFoundError:
    raise errors.UserError('there is no sbatch here: submit from a node of the cluster') from None
  except subprocess.CalledProcessError as error:
    raise errors.UserError(f'sbatch: {" ".join(error.stderr.split()) or error}') from None
  return done.stdout.strip().partition(';')[0]


def task(asked: 'Asked', which: str, notice: Callable = print) -> int:
  """Makes the trial of this number of tasks.txt, or the results; returns the exit status."""
  from gan_jax.training.sweep import whole

  if which == RESULTS:
    whole.summarise(asked, notice)
    return 0
  file = asked.folder.path / 'tasks.txt'
  names = file.read_text().splitlines() if file.exists() else []
  if not which.isdecimal() or int(which) >= len(names):
    raise errors.UserError(f'--task={which} is not in {file}, which has {len(names)} trials')
  known = {trial.name: trial for trial in asked.trials}
  if names[int(which)] not in known:
    raise errors.UserError(f'{names[int(which)]} is no trial of the sweep any more')
  trial = known[names[int(which)]]
  lock.wait(asked.folder.path / 'slurm' / trial.name)  # that of a node that is lost
  with lock.Lock(asked.folder.path / 'slurm' / trial.name):  # beside the run's own, which training takes
    if asked.folder.state(trial).over:
      return 0
    lock.wait(asked.folder.run(trial).folder)
    more = runner.attempt(Group((trial,)), asked.folder)
  state = asked.folder.state(trial)
  notice(f'{trial.name}: {state.kind} {state.error}'.rstrip())
  return AGAIN if more is None else 0
