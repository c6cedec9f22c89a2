"""One machine's way through a sweep: what is missing is made, program by program; all is kept."""

import contextlib
import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gan_jax import errors
from gan_jax.runs.folder import Run
from gan_jax.training import loop
from gan_jax.training.sweep import together
from gan_jax.training.sweep.folder import Folder, State
from gan_jax.training.sweep.live import Live
from gan_jax.training.sweep.plan import Trial
from gan_jax.training.sweep.together import Group

MOST = 64  # trials in one program


class Here:
  """The crew of this very process, which makes Groups one after another; workers.py has several at once."""

  size: int | None = 1  # programs at once; None: of a cluster, which may have room for more or less

  def __init__(self):
    self._next = None

  def __enter__(self):
    return self

  def __exit__(self, *_):
    pass

  @property
  def busy(self) -> bool:
    """Whether anything has begun that has not ended."""
    return self._next is not None

  @property
  def free(self) -> bool:
    """Whether one more may begin."""
    return not self.busy

  def begin(self, group: Group, folder: Folder, sure: bool) -> None:
    """A group is next."""
    self._next = group, folder, sure

  def ended(self) -> tuple[Group, list[Group] | None]:
    """(a group that has ended, what `attempt` says of it), as soon as there is one."""
    now, self._next = self._next, None
    return now[0], attempt(*now)


def run(
  trials: Sequence[Trial],
  folder: Folder,
  notice: Callable = print,
  hours: float = float('inf'),
  most: int | None = None,
  crew: Any = None,
) -> bool:
  """Makes the trials that are missing; False if Ctrl-C stopped it, and what was made is kept.

  None begins after so many hours; at most `most` learn in one program. `notice` is told of each that ends.
  The `crew`, a context that has been entered, makes them.
  """
  begun, states, crew = (
    time.monotonic(),
    {trial.name: folder.state(trial) for trial in trials},
    crew or Here(),
  )
  waiting = programs(trials, folder, states, most or usual(states, crew))
  stopped = False
  with Live(trials, folder, states, notice) as live:
    while crew.busy or (waiting and not stopped):
      if waiting and time.monotonic() - begun > 3600 * hours:
        notice(f'the budget of {hours:g} hours is spent: {len(waiting)} programs are not begun')
        waiting = []
      while waiting and crew.free and not stopped:
        live.begin(waiting[0])
        crew.begin(waiting.pop(0), folder, most is not None)
      if crew.busy:
        group, more = crew.ended()
        stopped = stopped or more is None
        waiting = (more or []) + waiting
        live.end(group)
  return not stopped


def usual(states: Mapping[str, State], crew: Any) -> int:
  """How many trials learn in one program where nobody says it: so many that each of a crew has one."""
  missing = sum(not state.over for state in states.values())
  return max(1, min(MOST, -(-missing // crew.size))) if crew.size else 1


def place(group: Group, folder: Folder) -> Path:
  """The folder in which a group trains."""
  several = len(group.trials) > 1
  return folder.together / group.name if several else folder.run(group.trials[0]).folder


def programs(trials: Sequence[Trial], folder: Folder, states: Mapping[str, State], most: int) -> list[Group]:
  """What is to be trained, by the states of all trials: first what is begun, as it was."""
  missing = [trial for trial in trials if not states[trial.name].over]
  found = together.started(folder, trials)
  claimed = {trial.name for group in found for trial in group.trials}
  begun = [one for one in missing if states[one.name].kind == 'begun' and one.name not in claimed]
  claimed |= {trial.name for trial in begun}
  found += together.alone(Group(tuple(begun)))
  return found + together.groups([trial for trial in missing if trial.name not in claimed], most)


def attempt(group: Group, folder: Folder, sure: bool = False) -> list[Group] | None:
  """Trains a group; the Groups to try instead if it cannot be, [] if it is over, None if Ctrl-C stopped it.

  One that does not pay is taken apart, unless the caller is `sure`. A trial alone that fails keeps its error
  in its folder.
  """
  several = len(group.trials) > 1
  where = place(group, folder)
  try:
    with logged(where / 'log.txt') as say, told(say):
      if several and not (sure or Run(where).begun() or together.pays(group)):
        return together.alone(group)
      done = together.run(group, folder, say) if several else alone(group.trials[0], folder, say)
      return [] if done else None
  except errors.TooLarge as error:
    if several:
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
  _, finished = loop.train(trial.config(), folder.run(trial), notice=notice)
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
