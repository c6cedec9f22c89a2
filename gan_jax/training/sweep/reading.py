"""The file of a sweep: its get_sweep(sweep) is run, and what is wrong with it told in one line."""

import traceback
from pathlib import Path

from gan_jax import errors
from gan_jax.configs import files
from gan_jax.training.sweep.question import Sweep


def read(path: str, question: str = '') -> Sweep:
  """The Sweep of the file `question`, or else of the config file `path`, checked. Raises UserError."""
  if question and not Path(question).is_file():
    raise errors.UserError(f'--sweep={question}: there is no such file')
  file = Path(question) if question else files.find(path.partition(':')[0])
  module = files.run(file)
  if not hasattr(module, 'get_sweep'):
    raise errors.UserError(f'{file} has no get_sweep(sweep): what is to be tried? docs/sweeps.md')
  sweep = Sweep()
  try:
    module.get_sweep(sweep)
  except AttributeError as error:
    if Path(traceback.extract_tb(error.__traceback__)[-1].filename) != file or 'Sweep' not in str(error):
      raise  # the file's own mistake
    known = [name for name in vars(Sweep) if callable(getattr(Sweep, name)) and name[0] != '_']
    raise errors.unknown('call of sweep', error.name, known) from error
  sweep.check()
  return sweep
