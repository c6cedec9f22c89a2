"""A sweep as a job array of SLURM: a task is a trial, and a task that is requeued goes on with its run.

An array is over the trials that are missing when it is submitted; of more than a cluster allows there are
several. slurm/array_0.txt, array_1.txt, ... in the sweep's folder have their names.
Another job, which begins when these have ended, tells what came out; of a search it submits the next one.
"""

import contextlib
import math
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gan_jax import errors
from gan_jax.runs import lock
from gan_jax.runs.files import write_whole
from gan_jax.training.sweep import array, attempts, search
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.plan import Trial
from gan_jax.training.sweep.together import Group

if TYPE_CHECKING:
  from gan_jax.training.sweep.whole import Asked

RESULTS = 'results'
OWN = ('--slurm', '--print', '--task')
AT_ONCE = 8  # settings that a search has in one array, if sweep.search does not say


class Over(errors.UserError):
  """Nothing is left to submit."""


def submit(
  asked: 'Asked', options: str, words: Sequence[str], notice: Callable = print, only_print: bool = False
) -> None:
  """Submits what is missing, with these options of sbatch; or only tells `notice` the script.

  `words` are those of the command line. Raises UserError where there is nothing to do, or no sbatch.
  """
  folder, searched = asked.folder, asked.sweep.sampler != 'random'
  if asked.sweep.most_hours < math.inf:
    raise errors.UserError(
      'sweep.budget(hours=...) is not for SLURM: use --slurm="--time=4:00:00", of each task'
    )
  command = again(words)
  if only_print:
    sweep = asked.sweep
    several = (sweep.at_once or AT_ONCE) * sweep.count
    count = min(several, sweep.most_trials) if searched else len(missing(asked))
    count = max(1, min(count, most_tasks()))
    notice(array.script(folder.path, _next(folder), count, options, command).rstrip())
    return
  if not shutil.which('sbatch'):
    raise errors.UserError('there is no sbatch here: submit from a node of the cluster')
  with lock.Lock(folder.path):
    folder.open(asked.planner.base({}))
    trials = missing(asked)
    if not trials:
      raise Over(f'all {len(asked.trials)} trials of {folder.path} are there: leave --slurm out')
    parts, most = [], most_tasks()
    for k in range(0, len(trials), most):
      parts.append((_next(folder), trials[k : k + most]))
      write_whole(parts[-1][0], ''.join(f'{trial.name}\n' for trial in parts[-1][1]))
  jobs = _submitted(folder, parts, options, command)
  log, then = f'--output={folder.path}/slurm/results.txt', f'{command} --task={RESULTS}'
  more = f' {shlex.quote(f"--slurm={options}")}' if searched else ''
  sbatch([f'--dependency=afterany:{":".join(jobs)}', log, *shlex.split(options), f'--wrap={then}{more}'])
  of = f'job {jobs[0]}' if len(jobs) == 1 else f'jobs {", ".join(jobs)}'
  notice(f'{len(trials)} tasks are submitted as {of}; then {folder.path}/index.html is written')


def _submitted(folder, parts, options, command):
  """The numbers of the arrays of these (file of names, trials)."""
  jobs = []
  for names, trials in parts:
    script = names.with_suffix('.sh')
    write_whole(script, array.script(folder.path, names, len(trials), options, command))
    try:
      jobs.append(sbatch(['--parsable', str(script)]))
    except errors.UserError as error:
      for file, _ in parts[len(jobs) :]:
        file.unlink()  # it is no array
      raise errors.UserError(f'{error} (submitted: {", ".join(jobs) or "none"})') from None
  return jobs


def most_tasks() -> int:
  """How many tasks an array may have, by the cluster's MaxArraySize; any number where it is not told."""
  try:
    told = subprocess.run(['scontrol', 'show', 'config'], capture_output=True, text=True, check=True).stdout
  except (OSError, subprocess.CalledProcessError):
    return sys.maxsize
  found = re.search(r'^MaxArraySize\s*=\s*(\d+)', told, re.MULTILINE)
  return max(1, int(found[1])) if found else sys.maxsize  # numbers from 0 to one less


def missing(asked: 'Asked') -> list[Trial]:
  """The Trials of the next array: all that are not over, or of a search those of the next settings."""
  trials, sweep = asked.trials, asked.sweep
  if sweep.sampler != 'random':
    trials = search.following(sweep, asked.planner, asked.folder, sweep.at_once or AT_ONCE)
  return [trial for trial in trials if not asked.folder.state(trial).over]


def results(asked: 'Asked', options: str | None, words: Sequence[str], notice: Callable) -> None:
  """What the job after an array does: it tells what came out, and a search goes on with the next array."""
  from gan_jax.training.sweep import whole

  whole.summarise(asked, notice)
  if options is None:
    return
  names = tasks(asked.folder)
  if not any(asked.folder.state(trial).over for trial in asked.trials if trial.name in names):
    raise errors.UserError(
      f'no task of the last array has ended: {asked.folder.path}/slurm has what they said'
    )
  with contextlib.suppress(Over):
    submit(asked, options, words, notice)


def again(words: Sequence[str]) -> str:
  """This command, without what submits it, or says what a task does."""
  program, *others = words
  kept, before = [], ''
  for word in others:
    if word.partition('=')[0] not in OWN and before not in ('--slurm', '--task'):
      kept.append(word)
    before = word
  return shlex.join([sys.executable, program, *kept])


def sbatch(words: Sequence[str]) -> str:
  """The number of the job. Raises UserError with what sbatch said."""
  try:
    done = subprocess.run(['sbatch', *words], capture_output=True, text=True, check=True)
  except subprocess.CalledProcessError as error:
    raise errors.UserError(f'sbatch: {" ".join(error.stderr.split()) or error}') from None
  return done.stdout.strip().partition(';')[0]


def tasks(folder: Folder) -> list[str]:
  """The names of the trials of the last array."""
  arrays = _arrays(folder)
  return arrays[-1].read_text().splitlines() if arrays else []


def _arrays(folder):
  """The files of names, that of the last array last."""
  found = [file for file in (folder.path / 'slurm').glob('array_*.txt') if file.stem[6:].isdecimal()]
  return sorted(found, key=lambda file: int(file.stem[6:]))


def _next(folder):
  """That of the next array: one that is submitted meanwhile keeps its own."""
  arrays = _arrays(folder)
  number = int(arrays[-1].stem[6:]) + 1 if arrays else 0
  return folder.path / 'slurm' / f'array_{number}.txt'


def task(
  asked: 'Asked', which: str, notice: Callable = print, options: str | None = None, words: Sequence[str] = ()
) -> int:
  """Makes the trial of this name, or the results; returns the exit status. Raises UserError."""
  if which == RESULTS:
    results(asked, options, words, notice)
    return 0
  known = {trial.name: trial for trial in asked.trials}
  if which not in known:
    raise errors.UserError(f'--task={which} is no trial of the sweep, or none any more')
  trial = known[which]
  lock.wait(asked.folder.path / 'slurm' / trial.name)  # that of a node that is lost
  with lock.Lock(asked.folder.path / 'slurm' / trial.name):  # beside the run's own, which training takes
    if asked.folder.state(trial).over:
      return 0
    more = attempts.attempt(Group((trial,)), asked.folder)
  state = asked.folder.state(trial)
  notice(f'{trial.name}: {state.kind} {state.error}'.rstrip())
  return array.AGAIN if more is None or not state.over else 0
