"""Whether what a run has saved is sound, and whether its first steps come out the same again, bit for bit."""

import itertools
from collections.abc import Callable
from typing import Any, ClassVar

import jax

from gan_jax import data, errors, gans
from gan_jax.devices import mesh
from gan_jax.runs import manifest, trees
from gan_jax.runs.arrays import Damaged
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run, other_data
from gan_jax.runs.waiting import waiting
from gan_jax.training import setup
from gan_jax.training.parts import Parts, new_state, stepping
from gan_jax.training.rows import Rows

STEPS = 100  # that are made again
MACHINE = ('examples_per_second', 'host_peak_bytes', 'device_peak_bytes')  # in rows: they differ each time


def verify(run: Run, steps: int | None = None, notice: Callable[[str], None] = print) -> bool:
  """Whether all checkpoints are sound and the first `steps` agree; `notice` is told."""
  run.stored()  # which raises UserError for what is no run
  if not run.begun():
    notice(f'{run.checkpoints}: no checkpoint')
  sound = [_check(Checkpoints(folder), notice) for folder in (run.checkpoints, run.best)]
  return all([*sound, _repeat(run, STEPS if steps is None else steps, notice)])


def _check(saved: Checkpoints, notice) -> bool:
  """Reads every byte of the checkpoints of a folder."""
  sound = True
  for step in saved.steps():
    path = saved.folder / str(step)
    try:
      record = saved.check(step)
      size = f'{len(record["arrays"])} arrays, {record["bytes"]:,} bytes' if record else 'without digests'
      notice(f'{path}: sound ({size})')
    except (Damaged, errors.UserError) as error:
      if not path.exists():
        continue  # a training beside this has removed it
      sound = False
      notice(f'{path}: DAMAGED ({error})' if isinstance(error, Damaged) else str(error))
  return sound


def _repeat(run, steps, notice) -> bool:
  """Makes the first steps again, and compares all that was logged and saved of them."""
  logged = {row['step']: row for row in run.rows()}
  saved = {row['step']: row for row in Checkpoints(run.checkpoints).digests()}
  steps = _comparable(run, saved, steps, notice)
  if steps < 1:
    return True
  for line in run.environment_changes():
    notice(line)
  rows, states, now = _again(_parts(run, notice), steps, saved)
  rows = {row['step']: row for row in rows if row['step'] in logged}
  apart = [f'the losses of step {step:,}' for step, row in rows.items() if not _agree(row, logged[step])]
  apart += [f'the state of step {k:,}' for k, digest in states.items() if digest != saved[k]['sha256']]
  if not rows and not states:
    notice(f'nothing of the first {now:,} steps was logged or saved: there is nothing to compare')
    return True
  told = f'{len(rows)} rows of losses and {len(states)} states of the first {now:,} steps'
  if apart:
    notice(f'DIFFERENT: of {told}, {len(apart)} are not what they were, first {apart[0]}')
  else:
    notice(f'{told} are what they were, bit for bit')
  return not apart


def _comparable(run, saved, steps, notice) -> int:
  """How many of the first steps a run has made without a failure; `saved` are {step: its digest}."""
  straight = list(itertools.takewhile(lambda row: not any(jax.tree.leaves(row['rollbacks'])), saved.values()))
  failed = any(run.failures.glob('*'))  # after which nothing may have been saved yet
  if len(straight) == len(saved) and not failed:
    return steps
  known = max((row['step'] for row in straight), default=0)
  notice(f'the run has failed, and may have gone back: its first {known:,} steps are comparable')
  return min(steps, known)


def _again(parts, steps, saved):
  """(rows of losses, {step: digest of the state} of those `saved`, how many steps were made)."""
  advance, state = stepping(parts, new_state(parts, parts.notice))
  config, seen, states, now = parts.experiment.config, _Seen(), {}, 0
  rows = Rows(seen, config.log.every)
  with waiting(f'making the first {steps:,} steps again'):
    while now < min(steps, config.train.num_steps):
      state, metrics, count = advance(state, now)
      before, now = now, now + count
      rows.add(metrics, before, now, now in saved)
      if now in saved:
        states[now] = manifest.digest(trees.on_host(mesh.local(state)))
  return seen.rows, states, now


def _parts(run, notice):
  experiment = setup.stored(run)
  config = experiment.config
  with waiting('reading the data'):
    dataset = data.make(config)
  learned = experiment.spec.fingerprint
  now = dataset.spec(gans.reads_conditions(config)).fingerprint
  if learned and learned != now:
    raise other_data(run.folder, learned, now)
  layout = mesh.layout(config.train.batch_size, config.train.accumulate)
  return Parts(experiment, run, layout, dataset, notice, waiting)


def _agree(one, other):
  return all(other[name] == value for name, value in one.items() if name in other and name not in MACHINE)


class _Seen:
  """Takes the rows in the place of runs.logs.Writers."""

  before: ClassVar[dict[str, Any]] = {}

  def __init__(self):
    self.rows = []

  def rate(self, step: int) -> float:
    return 0.0

  def scalars(self, step: int, row: dict[str, float]) -> None:
    self.rows.append({'step': step, **row})
