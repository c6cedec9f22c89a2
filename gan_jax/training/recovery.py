"""What is no number any more: it is found before it is saved, kept to be looked at, and taken back."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.devices import mesh
from gan_jax.runs import files, lock, stored, trees
from gan_jax.runs.folder import facts
from gan_jax.training.diagnostics import FINITE
from gan_jax.training.experiment import Experiment
from gan_jax.training.parts import Parts
from gan_jax.training.state import TrainState

LOSSES = ('d/loss', 'g/loss')


class Seen(NamedTuple):
  """What is known of a dispatch of T steps, each of P copies, or of one."""

  losses: dict[str, Any]  # {name: [T] or [T, P]}
  sound: list[Any]  # whether parts of the state are finite, after each step or the last: [T], [1], or [., P]
  before: int  # the step from which it went on


class Diverged(Exception):
  """A loss or the state is no number since `step`, in the copies `bad` [P]; the message says which."""

  def __init__(self, text: str, step: int, bad: Bool[np.ndarray, ' P'], state: Any):
    super().__init__(text)
    self.step, self.bad, self.state = step, bad, state


class Guard:
  """Looks at each dispatch; copies of a population that have failed too often are held where they were."""

  def __init__(self, experiment: Experiment, state: TrainState):
    self._several = experiment.copies > 1
    self.hold(experiment.config.train, state)

  def hold(self, options: ConfigDict, state: TrainState) -> None:
    """Takes up a state that training goes on from: what copies that have been given up stay at."""
    self.rollbacks = np.asarray(mesh.local(state.rollbacks))
    self.lost = np.atleast_1d(self.rollbacks > options.max_rollbacks) & self._several
    if self.lost.all():
      raise errors.UserError(
        f'train.max_rollbacks={options.max_rollbacks}: all copies have gone back more often, {self.rollbacks}'
      )
    self._kept = jax.tree.map(jnp.copy, _moving(state)) if self.lost.any() else None

  def seen(self, state: TrainState, metrics: dict[str, Any], before: int) -> tuple[TrainState, Seen]:
    """(the state with given-up copies as they were, what `check` needs of the dispatch that led to it)."""
    if self._kept is not None:
      state = state.replace(**_held(self._kept, _moving(state), self.lost))
    losses = {name: metrics[name] for name in LOSSES if name in metrics}
    sound = [value for name, value in metrics.items() if name.startswith(FINITE)]
    return state, Seen(losses, sound, before)

  def check(self, seen: Seen | None, state: Any = None) -> None:
    """Waits for a dispatch, and raises Diverged if it has a copy with a number that is none."""
    if seen is None:
      return
    losses, sound = jax.device_get((seen.losses, seen.sound))
    rows = {name: np.isfinite(loss.reshape(len(loss), -1)) | self.lost for name, loss in losses.items()}
    every = np.all(list(rows.values()), axis=0)  # [T, P]
    for part in sound:
      every[-len(part) :] &= part.reshape(len(part), -1) | self.lost
    bad = ~every.all(0)
    if not bad.any():
      return
    last = int(np.flatnonzero(~every.all(1))[0]) + 1
    named = [name for name in rows if not rows[name][last - 1].all()]
    text = 'a weight or an optimizer is not finite'
    if named:
      row = losses[named[0]].reshape(len(every), -1)[last - 1]
      text = f'{named[0]} is {row[~rows[named[0]][last - 1]][0]}'
    copies = f' in copy {", ".join(map(str, np.flatnonzero(bad)))}' if self._several else ''
    step = seen.before + last
    raise Diverged(f'{text} at step {step}{copies}', step, bad, state)


def go_back(
  failure: Diverged, guard: Guard, experiment: Experiment, restore: Callable, bundle: Path, notice: Callable
) -> TrainState:
  """The state to go on from: that of restore(), on a path that no copy has taken before.

  Copies that have not failed take theirs again, to the same bits. Raises UserError if it is to stop, or has
  gone back often enough; of several copies the one that has is given up, unless it is the last.
  """
  options = experiment.config.train
  where = f'in another --workdir, with --config.train.init_from={bundle.parent.parent} from its networks'
  cure = f'try a lower learning rate or a penalty (penalty.r1=1) {where}; what failed is in {bundle}'
  if options.on_nan == 'stop':
    raise errors.UserError(f'{failure}: {cure}')
  tried = guard.rollbacks + failure.bad.astype(np.int32).reshape(guard.rollbacks.shape)
  if np.all(tried > options.max_rollbacks):
    raise errors.UserError(f'{failure}, after {options.max_rollbacks} rollbacks: {cure}')
  state = restore()
  line = f'{failure}: back to step {int(state.step)}, on another path'
  gone = np.atleast_1d(tried > options.max_rollbacks) & failure.bad
  often = f'rollback {int(np.max(tried))} of {options.max_rollbacks}'
  notice(f'{line} ({often})' if not gone.any() else f'{line}; copy {_listed(gone)} stays as it was there')
  return state.replace(rollbacks=jax.device_put(tried, state.rollbacks.sharding))


def keep(parts: Parts, feed: Any, failure: Diverged, folder: Path) -> None:
  """Writes what failed, to be looked at: failure.json, the batches of that step, the state after it.

  That they cannot be written is told, and does not stop the training.
  """
  config, at = parts.experiment.config, failure.step - 1
  count, seeds = config.train.d_steps, np.atleast_1d(mesh.local(failure.state.seed))
  state = trees.on_host(failure.state)
  broken = [name for name, array in state.items() if not np.isfinite(np.asarray(array, np.float64)).all()]
  record = {'failure': str(failure), 'step': failure.step, 'copies': np.flatnonzero(failure.bad).tolist()}
  try:
    lock.check(parts.run.folder)
    shutil.rmtree(folder, ignore_errors=True)  # the same failure, come again
    files.write_whole(folder / 'failure.json', json.dumps({**record, 'not_finite': broken}, indent=2))
    fed = feed.at(at)(at, 1)
    for k in range(count if jax.process_count() == 1 else 0):  # of several processes one has but a part
      batch = mesh.local(fed.batch(seeds[np.argmax(failure.bad)], at * count + k))
      files.save_npz(folder / f'batch_{k}.npz', **{name: np.asarray(value) for name, value in batch.items()})
    stored.write(folder / str(int(state['step'])), state, facts(config, parts.experiment.spec), finite=False)
  except (OSError, errors.UserError) as error:
    parts.notice(f'{folder} is not kept: {error}')


def _listed(mask):
  return ', '.join(map(str, np.flatnonzero(mask)))


def _moving(state):
  return {'variables': state.variables, 'opt_state': state.opt_state, 'ema': state.ema}


@jax.jit
def _held(kept, now, lost):
  """The arrays of `kept` for the copies that are `lost`, and of `now` for the others."""
  pick = lambda kept, now: jnp.where(lost.reshape(-1, *[1] * (now.ndim - 1)), kept, now)
  return jax.tree.map(pick, kept, now)
