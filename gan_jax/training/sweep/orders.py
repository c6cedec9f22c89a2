"""Programs that another process is to make, on this machine or elsewhere: told in words, as a command is."""

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gan_jax import errors
from gan_jax.configs.overrides import Override
from gan_jax.training.sweep import attempts, plan, together
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.plan import Trial
from gan_jax.training.sweep.together import Group


class Order(NamedTuple):
  """The trials of one program, and the folder of their sweep."""

  here: str  # the folder in which the command was given
  path: str  # of the config
  words: tuple[Override, ...]
  trials: tuple[tuple[Override, ...], ...]  # what each changes
  folder: Folder
  sure: bool


def of(group: Group, folder: Folder, sure: bool) -> Order:
  """The Order that makes a group."""
  base = group.trials[0].base
  changes = tuple(tuple(trial.words) for trial in group.trials)
  return Order(os.getcwd(), base.path, base.words, changes, folder, sure)


def carry_out(order: Order) -> list[list[int]] | None:
  """What attempts.attempt gives, of each Group to try instead the numbers of its trials.

  Raises UserError on a node that does not see the folder.
  """
  place = Path(order.here, order.folder.path)
  if not Path(order.here).is_dir() or not place.is_dir():
    raise errors.UserError(f'{place} is not there on {socket.gethostname()}: all nodes must see it')
  os.chdir(order.here)
  if order.here not in sys.path:
    sys.path.insert(0, order.here)  # modules of the user's own project
  trials, folder = read(order), order.folder
  group = Group(tuple(trials))
  more = attempts.attempt(group, folder, order.sure)
  numbers = {trial.name: k for k, trial in enumerate(trials)}
  return None if more is None else [[numbers[trial.name] for trial in one.trials] for one in more]


def read(order: Order) -> list[Trial]:
  """The Trials of an Order."""
  planner = plan.Planner(order.path, order.words)
  return [planner.again(changes) for changes in order.trials]


def groups(group: Group, more: Sequence[Sequence[int]] | None) -> list[Group] | None:
  """The Groups of these numbers of the trials of a group."""
  return None if more is None else [Group(tuple(group.trials[k] for k in one)) for one in more]


def lost(group: Group, folder: Folder, why: str) -> list[Group]:
  """The Groups to try instead of one whose process is gone; a trial alone fails."""
  if len(group.trials) > 1:
    (attempts.place(group, folder) / together.MEMBERS).unlink(missing_ok=True)  # it is not begun again
    return [one for one in together.alone(group) if not folder.state(one.trials[0]).over]
  folder.fail(group.trials[0], why)
  return []
