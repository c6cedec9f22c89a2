"""The command line: `python main.py` in a clone, `gan-jax` of an installed package.

What takes time to load is imported when it is needed, so that a signal is heard from the beginning.
"""

import atexit
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from gan_jax import errors
from gan_jax.command_line import heard
from gan_jax.training import interrupt

INTERRUPTED = 'interrupted; what was written is whole: the same command goes on with it, or starts over'
DISK = (  # what is no mistake of this code: full, read-only, forbidden, gone, a name that is too long, broken
  *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ENODEV, errno.ENXIO, errno.ENAMETOOLONG),
  *errors.PASSING,
)


def main(words: Sequence[str]) -> int:
  """Returns the exit status. Raises UserError for what the user can mend."""
  from gan_jax.command_line import commands

  return commands.call(words)


def have_home() -> None:
  """Gives a user without a home, as containers have some, one for this process."""
  try:
    Path.home()
  except RuntimeError:
    os.environ['HOME'] = tempfile.mkdtemp(prefix='gan_jax-')
    atexit.register(shutil.rmtree, os.environ['HOME'], ignore_errors=True)
    print(f'no home: what is kept for other runs is in {os.environ["HOME"]} until the end', file=sys.stderr)


def run(main: Callable[[list[str]], int] = main, interrupted: str = INTERRUPTED) -> NoReturn:
  """Ends the process with what main(words of the command line) returns.

  A UserError ends it with its one line, a disk that fails with one, too, a signal with the line `interrupted`
  and the status 130 or 143.
  Modules of the user's own project are found from the folder in which the command is given, after all those
  that are installed: a folder of anybody's files has none in their place.
  """
  interrupt.install(interrupted)
  heard.install()
  have_home()
  sys.path.append(os.getcwd())
  try:
    status = main(sys.argv[1:])
    if processes := sys.modules.get('gan_jax.devices.processes'):
      processes.leave(status)
    sys.exit(status)
  except errors.UserError as error:
    sys.exit(f'error: {error}')
  except OSError as error:
    if error.errno not in DISK:
      raise
    sys.exit(f'error: {errors.printable(str(error))}')
  except KeyboardInterrupt:
    interrupt.end(interrupted)
  finally:
    interrupt.over(interrupted)
