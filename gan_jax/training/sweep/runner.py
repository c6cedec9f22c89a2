"""One machine's way through a sweep: what is missing is made, program by program; all is kept."""

import collections
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gan_jax.training.sweep import attempts, together
from gan_jax.training.sweep.folder import Folder, State
from gan_jax.training.sweep.live import Live
from gan_jax.training.sweep.plan import Trial
from gan_jax.training.sweep.together import Group

MOST = 64  # trials in one program


class Here:
  """The crew of this very process, which makes Groups one after another; workers.py has several at once."""

  size = 1  # programs at once
  folds = True  # whether trials are to learn in one program, where nothing is said

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
    """(a group that has ended, what attempts.attempt says of it), as soon as there is one."""
    now, self._next = self._next, None
    return now[0], attempts.attempt(*now)


def run(
  trials: Sequence[Trial],
  folder: Folder,
  notice: Callable = print,
  hours: float = float('inf'),
  most: int | None = None,
  crew: Any = None,
  before: int = 0,
  planned: int = 0,
) -> bool:
  """Makes the trials that are missing; False if Ctrl-C stopped it, and what was made is kept.

  None begins after so many hours; at most `most` learn in one program. `notice` is told of each that ends.
  The `crew`, a context that has been entered, makes them. Of a search these trials follow on so many `before`
  of those `planned`.
  """
  begun, stopped, crew = time.monotonic(), False, crew or Here()
  states = {trial.name: folder.state(trial) for trial in trials}
  waiting = programs(trials, folder, states, most or usual(trials, states, crew))
  with Live(trials, folder, states, notice, before, planned) as live:
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
      else:
        stopped = bool(waiting)  # by a signal, before any of these has begun
  return not stopped


def usual(trials: Sequence[Trial], states: Mapping[str, State], crew: Any) -> int:
  """How many trials learn in one program where nothing is said: so many that each of a crew has one.

  The seeds of a setting are together, if they fit.
  """
  missing = [trial for trial in trials if not states[trial.name].over]
  seeds = max(collections.Counter(trial.label for trial in missing).values(), default=1)
  return min(MOST, max(seeds, -(-len(missing) // crew.size))) if crew.folds else 1


def programs(trials: Sequence[Trial], folder: Folder, states: Mapping[str, State], most: int) -> list[Group]:
  """What is to be trained, by the states of all trials: first what is begun, as it was."""
  missing = [trial for trial in trials if not states[trial.name].over]
  found = together.started(folder, trials)
  claimed = {trial.name for group in found for trial in group.trials}
  begun = [one for one in missing if states[one.name].kind == 'begun' and one.name not in claimed]
  claimed |= {trial.name for trial in begun}
  found += together.alone(Group(tuple(begun)))
  return found + together.groups([trial for trial in missing if trial.name not in claimed], most)
