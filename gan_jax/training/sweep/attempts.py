"""Programs of a sweep that are tried: what fails leaves its reason, and others are tried instead."""

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from tqdm import tqdm

from gan_jax import errors
from gan_jax.runs import lock
from gan_jax.runs.folder import Run
from gan_jax.training import loop
from gan_jax.training.sweep import together
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.plan import Trial
from gan_jax.training.sweep.together import Group


def place(group: Group, folder: Folder) -> Path:
  """The folder in which a group trains."""
  several = len(group.trials) > 1
  return folder.together / group.name if several else folder.run(group.trials[0]).folder


def attempt(group: Group, folder: Folder, sure: bool = False) -> list[Group] | None:
  """Trains a group; the Groups to try instead if it cannot be, [] if it is over, None if Ctrl-C stopped it.

  One that another process trains is left to it. One that does not pay is taken apart, unless the caller is
  `sure`. A trial alone that fails keeps its error in its folder.
  """
  several = len(group.trials) > 1
  where = place(group, folder)
  try:
    lock.wait(where)  # for a process that is lost, and seems to train for another minute
    with logged(where / 'log.txt') as say, told(say):
      if several and not (sure or Run(where).begun() or together.pays(group)):
        return together.alone(group)
      done = together.run(group, folder, say) if several else alone(group.trials[0], folder, say)
      return [] if done else None
  except errors.Busy as error:
    tqdm.write(f'left alone: {error}', file=sys.stderr)
  except errors.TooLarge as error:
    if several:
      (where / together.MEMBERS).unlink(missing_ok=True)  # its halves are begun instead
      return together.halves(group)
    folder.fail(group.trials[0], error)
  except Exception as error:
    if several:  # what fails for all of them does so for each, and what one must not vary the others may
      (where / together.MEMBERS).unlink(missing_ok=True)  # it is not begun again
      return [one for one in together.alone(group) if not folder.state(one.trials[0]).over]
    details = '' if isinstance(error, errors.UserError) else traceback.format_exc()
    folder.fail(group.trials[0], error, details)
  return []


def alone(trial: Trial, folder: Folder, notice: Callable) -> bool:
  """Trains one trial, as the run that it is; False if Ctrl-C stopped it."""
  why = []

  def enough():
    why.append(folder.enough(trial))
    return bool(why[-1])

  _, finished = loop.train(trial.config(), folder.run(trial), notice=notice, enough=enough)
  if why and why[-1]:
    folder.stop(trial, why[-1])
    return True
  if finished and not folder.state(trial).over:
    raise errors.UserError(f'it has no scores; {folder.run(trial).folder}/log.txt tells why')
  return finished


@contextlib.contextmanager
def told(say: Callable[[str], None]) -> Iterator[None]:
  """A context whose exceptions `say` is told before they go on."""
  try:
    yield
  except Exception:
    say(traceback.format_exc())
    raise


@contextlib.contextmanager
def logged(file: os.PathLike) -> Iterator[Callable[[str], None]]:
  """A context in which what is told, and all that goes to stdout and stderr, is written to a file."""
  os.makedirs(os.path.dirname(file), exist_ok=True)
  with open(file, 'a') as out, contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
    yield lambda line: print(line, file=out, flush=True)
