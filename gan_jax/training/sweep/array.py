"""The script of a job array of SLURM: a task is a trial, and one that is stopped is queued again."""

import re
import shlex
from pathlib import Path

AGAIN = 130  # the exit status of what was interrupted, and is saved
SCRIPT = """#!/bin/bash
# One trial of the sweep in {folder} a task.
#SBATCH --job-name={name}
#SBATCH --array=0-{last}
#SBATCH --output={output}
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

trial=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" {names}) || exit 1
{command} --task="$trial" &
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


def script(folder: Path, names: Path, count: int, options: str, command: str) -> str:
  """The script of an array of so many tasks, whose trials a file `names`, a line each.

  sbatch takes the quotes of its options away, as a shell does.
  """
  return SCRIPT.format(
    folder=folder,
    names=shlex.quote(str(names)),
    output=shlex.quote(f'{folder}/slurm/%A_%a.txt'),
    name=re.sub(r'\W+', '_', folder.name),
    last=count - 1,
    options='\n'.join(f'#SBATCH {shlex.quote(option)}' for option in shlex.split(options)),
    here=shlex.quote(str(Path.cwd())),
    command=command,
    again=AGAIN,
  )
