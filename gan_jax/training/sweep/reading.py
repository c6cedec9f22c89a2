"""The file of a sweep: its get_sweep(sweep) is run, and what is wrong with it told in one line."""

import inspect
import traceback
from pathlib import Path

from gan_jax import errors
from gan_jax.configs import files
from gan_jax.evaluation import tables
from gan_jax.training.sweep.question import Sweep


def read(path: str, question: str = '') -> Sweep:
  """The Sweep of the file `question`, or else of the config file `path`, checked. Raises UserError."""
  if question and not Path(question).is_file():
    raise errors.UserError(f'--sweep={question}: there is no such file')
  file = Path(question) if question else files.find(path.partition(':')[0])
  try:
    module = files.run(file)
  except SyntaxError as error:
    raise errors.UserError(f'{error.filename}, line {error.lineno}: {error.msg}') from error
  if not hasattr(module, 'get_sweep'):
    raise errors.UserError(f'{file} has no get_sweep(sweep): what is to be tried? docs/sweeps.md')
  sweep = Sweep()
  try:
    module.get_sweep(sweep)
  except AttributeError as error:
    if not isinstance(error.obj, Sweep):
      raise  # the file's own mistake
    calls = [
      name
      for name, call in vars(Sweep).items()
      if callable(call) and name[0] != '_' and not inspect.isgeneratorfunction(call)
    ]
    raise errors.unknown('call of sweep', error.name, calls) from error
  except TypeError as error:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == module.__file__]
    where = f'{file}, line {lines[-1]}' if lines else file
    raise errors.UserError(f'{where}: {error}') from error
  check(sweep)
  return sweep


def check(sweep: Sweep) -> None:
  """Raises UserError for a sweep that asks nothing, or of which nobody could say what is best."""
  if not sweep.factors and not sweep.ranges and sweep.count == 1:
    raise errors.UserError('get_sweep asks nothing: sweep.grid({FIELD: [VALUE, VALUE]}), or sweep.seeds(3)')
  if not sweep.score_name:
    raise errors.UserError("get_sweep names no score to rank by: sweep.score('fid'), say")
  known = (*tables.BETTER, *(f'{name}_rejection' for name in tables.BETTER))
  if sweep.better is None and sweep.score_name not in known:
    raise errors.unknown('score in sweep.score', sweep.score_name, tables.BETTER)
  if sweep.ranges and sweep.most_trials is None:
    raise errors.UserError('values are drawn from ranges without end: sweep.budget(trials=30), say')
  if sweep.most_trials is not None and sweep.most_trials < sweep.count:
    raise errors.UserError(f'sweep.budget(trials={sweep.most_trials}) is less than the {sweep.count} seeds')
  if sweep.sampler != 'random' and not sweep.ranges:
    raise errors.UserError(
      f'sweep.search({sweep.sampler!r}) needs ranges: sweep.loguniform(FIELD, LOW, HIGH)'
    )
