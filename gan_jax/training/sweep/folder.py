"""The folder of a sweep: what is there of its trials. The trials' own folders are the only record of them.

sweeps/Z/trials/penalty.r1=1,seed=0/   a run; failed.txt or stopped.txt say why it is not whole
         together/                     populations whose copies are trials
         sweep.json                    the config on which the trials are changes
         results.csv, results.md, figures/, index.html, best.py
"""

import dataclasses
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from gan_jax import errors
from gan_jax.evaluation import evaluate
from gan_jax.runs import differences
from gan_jax.runs import folder as runs
from gan_jax.runs.files import write_whole
from gan_jax.runs.folder import Run
from gan_jax.training.sweep import stopping
from gan_jax.training.sweep.plan import Base, Trial

EARLY = 'stopped.txt'


@dataclasses.dataclass(frozen=True)
class State:
  """Where a trial stands: new, begun, done with its scores, stopped early, or failed with the reason."""

  kind: str
  numbers: Mapping[str, float] = dataclasses.field(default_factory=dict)
  error: str = ''

  @property
  def over(self) -> bool:
    """Whether nothing is left to do."""
    return self.kind in ('done', 'stopped', 'failed')


@dataclasses.dataclass(frozen=True)
class Folder:
  """The files of one sweep, which ranks by `score`, and ends trials early by a `rule` of stopping.py."""

  path: Path
  score: str
  lower: bool = True  # scores are better
  rule: str = ''

  together = property(lambda self: self.path / 'together')
  trials = property(lambda self: self.path / 'trials')
  record = property(lambda self: self.path / 'sweep.json')

  def run(self, trial: Trial) -> Run:
    """The Run of a trial."""
    return Run(self.trials / trial.name)

  def state(self, trial: Trial) -> State:
    """Where a trial stands, by its folder. Raises UserError for scores that cannot be read."""
    run = self.run(trial)
    if not run.folder.is_dir():
      return State('new')
    failed = run.folder / 'failed.txt'
    if failed.exists():
      return State('failed', error=(failed.read_text().strip().splitlines() or ['?'])[0])
    early = run.folder / EARLY
    if self.rule and early.exists():
      return State('stopped', (run.scores() or [{}])[-1], early.read_text().strip())
    if not run.evaluation.exists():
      return State('begun' if run.begun() else 'new')
    try:
      record = json.loads(run.evaluation.read_text())
      (numbers,) = evaluate.numbers(record).values()
      measured = record['measured']
      if measured['step'] != trial.steps or any(
        measured.get(name, value) != value for name, value in trial.scoring.items()
      ):
        return State('begun')
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
      raise errors.UserError(
        f'{run.evaluation} is broken ({error!r}): delete it, and the trial is scored again'
      ) from error
    if not math.isfinite(numbers.get(self.score, math.nan)):
      known = ', '.join(name for name, value in numbers.items() if math.isfinite(value)) or 'none'
      return State('failed', numbers, f'no {self.score} among its scores: {known}')
    return State('done', numbers)

  def fail(self, trial: Trial, error: BaseException | str, details: str = '') -> None:
    """Notes that a trial failed: in its first line why."""
    reason = str(error) if isinstance(error, errors.UserError | str) else f'{type(error).__name__}: {error}'
    first = (reason.strip().splitlines() or [type(error).__name__])[0]
    write_whole(self.run(trial).folder / 'failed.txt', f'{first}\n{details}')

  def enough(self, trial: Trial) -> str:
    """Why a trial that trains is to end, by the scores so far of all that are in the folder; or ''."""
    of = lambda run: {row['step']: row[self.score] for row in run.scores() if self.score in row}
    own = of(self.run(trial))
    if not self.rule or not own or max(own) >= trial.steps:
      return ''
    others = [of(Run(path)) for path in self._there() if path.name != trial.name]
    return stopping.RULES[self.rule](stopping.Judged(own, others, trial.steps, self.lower))

  def stop(self, trial: Trial, why: str) -> None:
    """Notes that a trial is over, though it has not made all its steps."""
    write_whole(self.run(trial).folder / EARLY, f'{why}\n')

  def open(self, base: Base) -> None:
    """Begins the sweep, or goes on with it. Raises UserError for the folder of another one, or of a run."""
    if Run(self.path).config.exists():
      raise errors.UserError(f'{self.path} is the folder of a run: choose another --workdir for the sweep')
    now = {'path': str(base.path), 'config': runs.plain(base.config)}
    if self.record.exists():
      try:
        before = json.loads(self.record.read_text())['config']
      except (OSError, ValueError, KeyError, TypeError) as error:
        raise errors.UserError(f'{self.record} is broken ({error!r}): restore or delete it') from error
      runs.refuse_differences(self.path, before, now['config'])
    write_whole(self.record, json.dumps(now, indent=2))

  def check(self, trials: Sequence[Trial]) -> None:
    """Raises UserError for a trial's folder that another config has made, or whose files are broken."""
    there = set(os.listdir(self.trials)) if self.trials.is_dir() else set()
    for trial in trials:
      if trial.name in there:
        self._check(trial)

  def _check(self, trial):
    run = self.run(trial)
    if not run.config.exists():
      if run.begun() or run.evaluation.exists():
        raise errors.UserError(f'{run.folder} was touched by hand: it has no config.json; delete the folder')
      return
    try:
      stored = dict(json.loads(run.config.read_text())['config'])
    except (OSError, ValueError, KeyError, TypeError) as error:
      raise errors.UserError(
        f'{run.config} is broken ({error!r}): delete the folder, and it is made anew'
      ) from error
    if run.begun() and (shown := differences.shown(stored, trial.plain, where='planned')):
      raise errors.UserError(
        f'{run.folder} was touched by hand, or made by another sweep ({shown}): delete the folder, and it is'
        ' made anew'
      )
    learned = evaluate.measured(run.folder).get('step', 0)
    if isinstance(learned, int) and learned > trial.steps:
      raise errors.UserError(
        f'{run.folder} has learned {learned:,} steps, more than the {trial.steps:,} of the sweep:'
        f' --config.train.num_steps={learned}, or another --workdir'
      )

  def others(self, trials: Sequence[Trial]) -> list[str]:
    """The names of trials that are there and are planned no more."""
    there = {path.name for path in self._there()}
    return sorted(there - {trial.name for trial in trials})

  def _there(self):
    """The folders of trials."""
    return [path for path in self.trials.iterdir() if path.is_dir()] if self.trials.is_dir() else []
