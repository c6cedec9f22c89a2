"""From the words of a command to the mode that does it."""

from collections.abc import Sequence
from pathlib import Path

from gan_jax import errors
from gan_jax.command_line import flags as given
from gan_jax.command_line import modes
from gan_jax.configs import describe
from gan_jax.runs import folder as runs


def call(words: Sequence[str]) -> int:
  """Returns the exit status. Raises UserError for what the user can mend."""
  flags, fields = given.parse(words)
  if flags.generated or flags.mode in ('compare', 'sweep'):
    return modes.MODES[flags.mode](flags, fields, None)
  if flags.mode == 'evaluate' and not (flags.config or flags.workdir):
    raise errors.UserError('scores of what? --workdir=RUN, or --generated=DIR and --reference=DIR')
  if not (flags.config or flags.workdir or flags.data):
    print(f'which experiment? --config=NAME\n\n{describe.experiments(given.width())}')
    return 0
  asked = [path for path, text in fields if not text and '.' not in path]
  fields = [(path, text) for path, text in fields if path not in asked]
  run = runs.Run(folder(flags, fields))
  if not asked:
    return modes.MODES[flags.mode](flags, fields, run)
  config = modes.config(flags, fields, run)
  print('\n'.join(describe.fields(config, path, given.width()) for path in asked))
  return 0


def folder(flags: given.Flags, fields: given.Fields) -> Path:
  """The folder of the run."""
  if flags.workdir:
    return Path(flags.workdir)
  if flags.config:
    return runs.default_folder(flags.config, fields)
  name = Path(flags.data).resolve().name.replace(':', '_')
  return runs.default_folder(f'{name}.py', fields)  # of which the ending is no part
