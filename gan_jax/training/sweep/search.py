"""Settings that a sampler of Optuna asks for, by the scores of those before: ask and tell.

The study is sweep.folder/study.db (SQLite). What it has asked for and was not told of is made first, so that
a sweep that stops goes on; the trials are run as all others are.
"""

import functools
import importlib.util
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

from gan_jax import errors
from gan_jax.training.sweep import runner
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.plan import Planner, Trial
from gan_jax.training.sweep.question import Sweep
from gan_jax.training.sweep.settings import Setting

MISSING = '{} is not installed: pip install -c constraints.txt -r requirements-sweep.txt'
PATIENCE = 60.0  # seconds that one process waits for another that writes the study
CELL = 'cell'  # the parameter that says which combination of the values that are listed


def check(sweep: Sweep) -> None:
  """Raises UserError where Optuna is missing, or its sampler cannot take what is searched."""
  _optuna()
  if sweep.sampler == 'cma' and not importlib.util.find_spec('cmaes'):
    raise errors.UserError(MISSING.format('cmaes'))
  if sweep.sampler == 'cma' and len(sweep.ranges) < 2:
    raise errors.UserError("sweep.search('cma') needs two ranges or more; tpe takes one")


def known(sweep: Sweep, planner: Planner, folder: Folder) -> list[Trial]:
  """The Trials that the study has asked for so far."""
  if not _file(folder).exists():
    return []
  cells = list(sweep.cells())
  asked = (trial.params for trial in _study(sweep, folder).trials)
  found = [_setting(params, sweep, cells) for params in asked if _whole(params, sweep, cells)]
  return planner.trials(_once(found), sweep.count)


def run(
  sweep: Sweep,
  planner: Planner,
  folder: Folder,
  notice: Callable = print,
  hours: float = math.inf,
  most: int | None = None,
  crew: Any = None,
) -> tuple[list[Trial], bool]:
  """(all Trials, False if Ctrl-C stopped it): a few settings after others, the seeds of each at once."""
  begun, study = time.monotonic(), _study(sweep, folder)
  count = sweep.at_once or max(1, (crew.size if crew else 1) // sweep.count)
  planned = sweep.most_trials // sweep.count * sweep.count
  while (left := hours - (time.monotonic() - begun) / 3600) > 0:
    trials = following(sweep, planner, folder, count, study)
    if not trials:
      break
    told = {'before': len(study.trials) * sweep.count - len(trials), 'planned': planned}
    if not runner.run(trials, folder, notice, hours=left, most=most, crew=crew, **told):
      return known(sweep, planner, folder), False
  return known(sweep, planner, folder), True


def following(sweep: Sweep, planner: Planner, folder: Folder, count: int, study: Any = None) -> list[Trial]:
  """The Trials of the next settings, so many at most, with all their seeds; [] if the search has ended.

  The study is told of those that are over. What it had asked for before, and is not over, comes first.
  """
  optuna, cells, found = _optuna(), list(sweep.cells()), []
  study = study or _study(sweep, folder)
  for one in study.trials:
    if one.state != optuna.trial.TrialState.RUNNING:
      continue
    if not _whole(one.params, sweep, cells):  # killed while it was asked for
      study.tell(one.number, state=optuna.trial.TrialState.FAIL)
    else:
      trials = planner.seeded(_setting(one.params, sweep, cells), sweep.count)
      states = [folder.state(trial) for trial in trials]
      if all(state.over for state in states):
        study.tell(one.number, **_told(states, folder.score, optuna))
      else:
        found.append(trials)
  wanted = sweep.most_trials // sweep.count - len(study.trials)
  for _ in range(min(count - len(found), wanted)):
    params = study.ask(_space(sweep, cells, optuna)).params
    found.append(planner.seeded(_setting(params, sweep, cells), sweep.count))
  return list({trial.name: trial for trials in found for trial in trials}.values())


def _told(states, score, optuna):
  """What the study is told of a setting, by the states of its trials: their mean, or that one has failed."""
  values = [state.numbers[score] for state in states if state.kind != 'failed' and score in state.numbers]
  whole = len(values) == len(states)  # as in the ranking: a setting that fails with some seeds is no better
  return {'values': statistics.fmean(values)} if whole else {'state': optuna.trial.TrialState.FAIL}


def _space(sweep, cells, optuna):
  """Optuna's distributions of what is searched."""
  space = {
    field: optuna.distributions.FloatDistribution(some.low, some.high, log=some.log)
    for field, some in sweep.ranges.items()
  }
  if len(cells) > 1:
    space[CELL] = optuna.distributions.CategoricalDistribution(range(len(cells)))
  return space


def _setting(params, sweep, cells) -> Setting:
  drawn = {field: some.rounded(params[field]) for field, some in sweep.ranges.items()}
  return {**cells[params.get(CELL, 0)], **drawn}


def _whole(params, sweep, cells):
  """Whether all is there that a setting needs."""
  return {*sweep.ranges, *((CELL,) if len(cells) > 1 else ())} <= params.keys()


def _once(settings):
  """Without what a sampler has asked for again."""
  return list({repr(setting): setting for setting in settings}.values())


def _study(sweep, folder):
  optuna = _optuna()
  optuna.logging.set_verbosity(optuna.logging.ERROR)
  tpe = functools.partial(optuna.samplers.TPESampler, constant_liar=True)  # of those that are not over
  samplers = {'tpe': tpe, 'cma': optuna.samplers.CmaEsSampler}
  file = _file(folder)
  file.parent.mkdir(parents=True, exist_ok=True)
  patient = {'connect_args': {'timeout': PATIENCE}}  # tasks of a cluster open it at once
  storage = optuna.storages.RDBStorage(f'sqlite:///{file}', engine_kwargs=patient)
  number = len(optuna.load_study(study_name='sweep', storage=storage).trials) if _has(storage) else 0
  direction = 'minimize' if sweep.rank is min else 'maximize'
  study = optuna.create_study(
    study_name='sweep',
    storage=storage,
    load_if_exists=True,
    direction=direction,
    sampler=samplers[sweep.sampler](seed=number),  # one that goes on does not draw the same again
  )
  asked = repr((sweep.ranges, list(sweep.cells()), sweep.score_name, direction))
  before = study.user_attrs.get('asked')
  if before is None:
    study.set_user_attr('asked', asked)
  elif before != asked:
    raise errors.UserError(f'{file} is of a search for something else: choose another --workdir')
  return study


def _has(storage):
  return any(study.study_name == 'sweep' for study in storage.get_all_studies())


def _file(folder):
  return folder.path / 'study.db'


def _optuna() -> Any:
  try:
    import optuna
  except ImportError:
    raise errors.UserError(MISSING.format('Optuna')) from None
  return optuna
