"""From a config, or the folder of a run, to what it asks for: an experiment, or a population of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from gan_jax import configs, errors
from gan_jax.data.spec import Spec
from gan_jax.gans import sampler
from gan_jax.runs.best import best_record
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run
from gan_jax.training import experiment, population, posthoc
from gan_jax.training.experiment import Experiment
from gan_jax.training.state import TrainState

MOST = 16  # copies that an error lists


def make(config: ConfigDict, spec: Spec) -> Experiment:
  """The Experiment of a complete config, or the Population that it asks for. Raises UserError."""
  alone = config.population.seeds == 1 and not config.population.over
  found = experiment.make(config, spec) if alone else population.make(config, spec)
  sampler.check(found.gan, spec)
  return found


def stored(run: Run) -> Experiment:
  """What a run was made of; fields that its version did not have are at their defaults. Raises UserError."""
  values, spec = run.stored()
  return make(configs.complete(values), spec)


def load(
  folder: str | Path,
  at: int | str | None = None,
  copy: int | str | None = None,
  notice: Callable = print,
  ema: str = '',
) -> tuple[Experiment, TrainState]:
  """(Experiment, TrainState) of a run, `at` and `ema` as in `restore`; of a population, of one `copy`.

  Raises UserError if the folder is no run, or has no such checkpoint or copy.
  """
  run = Run(Path(folder))
  found = stored(run)
  chosen = choose(found.names, copy, notice)
  return found.member(restore(found, run, at, ema, notice), chosen)


def restore(
  found: Experiment, run: Run, at: int | str | None = None, ema: str = '', notice: Callable = print
) -> TrainState:
  """The state of all copies at the last checkpoint, at that of step `at`, or at the best one, 'best'.

  `ema` is the average that it is to have, if not the usual one, as in posthoc.choose. Raises UserError, which
  lists the steps that there are, if there is no such one.
  """
  state = _restored(found, run, at)
  if not ema:
    return state
  with Checkpoints(run.checkpoints) as saved:
    return posthoc.choose(found, saved, state, ema, notice)


def _restored(found, run, at):
  best = best_record(run.best).get('step')
  if best is None and at == 'best':
    raise errors.UserError(
      f'{run.folder} has kept no best state: evaluate.every=1000, say, scores and keeps it'
    )
  with Checkpoints(run.checkpoints) as saved:
    steps = saved.steps()
    if at is None or str(at) in map(str, steps):
      return found.restore(saved, None if at is None else int(at))
  if str(at) in ('best', str(best)):
    try:
      with Checkpoints(run.best) as kept:
        return found.restore(kept, best)
    except errors.UserError:
      if best_record(run.best).get('step') == best:
        raise
      return _restored(found, run, at)  # a better one has taken its place meanwhile
  there = (', '.join(map(str, steps)) or 'none') + (f'; best: {best}' if best is not None else '')
  raise errors.UserError(f'{run.folder}: no checkpoint of step {at} (there: {there})')


def networks(folder: str | Path, copies: int, notice: Callable = print) -> TrainState:
  """What `copies` copies start from: as many copies of a run, each from its own, or else one, all from it.

  Raises UserError as `load` does.
  """
  run = Run(Path(folder))
  theirs = stored(run)
  state = restore(theirs, run)
  if theirs.copies == copies:
    return state
  _, state = theirs.member(state, choose(theirs.names, None, notice))
  if copies == 1:
    return state
  return jax.tree.map(lambda array: jnp.broadcast_to(array, (copies, *array.shape)), state)


def choose(names: Sequence[str], copy: int | str | None, notice: Callable = print) -> int:
  """The index of a copy that is asked for by its index or name.

  Of None the first, and `notice` is told of the others, if there are any. Raises UserError, which lists the
  copies, if there is no such one.
  """
  if copy is None:
    if len(names) > 1:
      notice(f'copy 0 of {len(names)} is taken: {names[0]} (copy=K, up to {len(names) - 1}, takes another)')
    return 0
  if copy in names:
    return names.index(copy)
  if str(copy).isdecimal() and int(copy) < len(names):
    return int(copy)
  there = [f'{k} ({name})' for k, name in enumerate(names)]
  shown = ', '.join(there[:MOST]) + (f', ... {there[-1]}' if len(there) > MOST else '')
  raise errors.UserError(f'there is no copy {copy}, but {shown}')
