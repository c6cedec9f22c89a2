"""The command line: `python main.py` in a clone, `gan-jax` of an installed package."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from gan_jax import errors
from gan_jax.command_line import flags as given
from gan_jax.command_line import modes
from gan_jax.configs import describe
from gan_jax.runs import folder as runs

INTERRUPTED = 'interrupted; what was written is whole: the same command goes on with it, or starts over'


def main(words: Sequence[str]) -> int:
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
  return runs.default_folder(flags.config or Path(flags.data).resolve().name, fields)


def run(main: Callable[[list[str]], int] = main, interrupted: str = INTERRUPTED) -> NoReturn:
  """Ends the process with what main(words of the command line) returns.

  A UserError ends it with its one line, Ctrl-C with the line `interrupted`. Modules of the user's own project
  are found from the folder in which the command is given.
  """
  sys.path.insert(0, os.getcwd())
  try:
    sys.exit(main(sys.argv[1:]))
  except errors.UserError as error:
    sys.exit(f'error: {error}')
  except KeyboardInterrupt:
    print(interrupted, file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(130)  # an ordinary end waits for what is being compiled, and then crashes in XLA
