"""Scores while training: of the averaged weights, every so many steps; the state with the best is kept."""

import json
import math
from collections.abc import Callable
from typing import Any

from ml_collections import ConfigDict

from gan_jax import errors, views
from gan_jax.data.dataset import Dataset
from gan_jax.devices import mesh
from gan_jax.evaluation import evaluate, tables
from gan_jax.runs.best import Best, best_record
from gan_jax.runs.folder import Run, facts
from gan_jax.training import finish
from gan_jax.training.experiment import Experiment
from gan_jax.training.interrupt import Interrupt, Stopped
from gan_jax.training.rows import due
from gan_jax.training.state import TrainState


def check(config: ConfigDict) -> None:
  """Raises UserError for scores while training that there cannot be."""
  options = config.evaluate
  if options.every and not options.num_images:
    raise errors.UserError(f'evaluate.every={options.every} needs evaluate.num_images: how many to score')
  if options.every and options.best and options.best not in tables.BETTER:
    raise errors.unknown('score in evaluate.best', options.best, tables.BETTER)


class Scoring:
  """Scores states of a run, see `take`; used as a context, as Checkpoints are.

  Of copies that learn at once a score is the mean over those in which it is finite, as in the rows of losses,
  and the best state, of all copies, is that with the best mean. Of several processes the first scores.
  `scorer` is that of the view, or None where nothing is to be scored, or cannot be, which `notice` is told.
  """

  def __init__(
    self,
    experiment: Experiment,
    run: Run,
    layout: mesh.Layout,
    dataset: Dataset,
    start: int,
    notice: Callable,
    say: Callable,
  ):
    """Makes the scorer if a step after `start` needs it, which takes its time."""
    self._experiment, self._first, self._notice = experiment, layout.first, notice
    self.scorer, self._best, self._told = None, None, set()
    options = experiment.config.evaluate
    if not due(options.every, start, experiment.config.train.num_steps):
      return
    if self._first:
      try:
        with say('preparing the scores'):
          self.scorer = views.of(experiment.gan).scorer(experiment, dataset)
      except errors.UserError as error:
        notice(f'not scored while training: {error}')
    self._what = {'score': options.best, 'measured': measured(experiment.config)}
    if mesh.agree(self.scorer is not None) and options.best:
      self._best = Best(run.best, facts(experiment.config, experiment.spec), self._first)
      record = self._best.record
      if record and not self._comparable(record) and self._first:
        notice(f'{run.best} has the best {record.get("score")} as it was measured then: it will be replaced')

  def __enter__(self):
    return self

  def __exit__(self, *_):
    if self._best:
      self._best.__exit__(None)

  def take(self, state: TrainState, stop: Interrupt) -> dict[str, float]:
    """{name: number} of a state, the finite ones, in the first process; keeps the state if it is the best.

    {} where a signal comes: the scores are owed then.
    """
    numbers = {}
    try:
      with stop.breaking():
        numbers = self._numbers(state) if self.scorer else {}
    except Stopped:
      self._notice(f'step {int(state.step):,}: not scored, for a signal has come; the next start does')
    if mesh.agree(self._best and self._is_better(numbers)):
      record = {**self._what, 'value': numbers.get(self._what['score'])}
      try:
        self._best.replace(state, record)
      except errors.UserError as error:
        self._tell_once(f'the best state is not kept: {error}', int(state.step))
    return numbers

  def _numbers(self, state: TrainState) -> dict[str, float]:
    state, found = mesh.local(state), []
    for k in range(self._experiment.copies):
      try:
        found.append(self._of_one(*self._experiment.to_sample(state, k)))
      except errors.UserError as error:
        self._tell_once(f'not scored: {error}', int(state.step))
    means = evaluate.summary(found)['mean']
    best = self._what['score']
    if means and best and best not in means:
      known = ', '.join(name for name in tables.BETTER if name in means) or 'none that this code knows'
      line = f"no best state is kept, for evaluate.best={best} is none of this run's scores: {known}"
      self._tell_once(line, int(state.step))
    return {name: value for name, value in means.items() if math.isfinite(value)}

  def _tell_once(self, line, step):
    if line not in self._told:
      self._notice(f'step {step:,}: {line}')
    self._told.add(line)

  def _of_one(self, experiment: Experiment, state: TrainState) -> dict[str, float]:
    """The scores of a copy: the one place that asks for them while training."""
    finish.check_finite(state)
    return self.scorer(experiment, state, quick=True).numbers

  def _is_better(self, numbers: dict[str, float]) -> bool:
    name, before = self._what['score'], self._best.record
    if name not in numbers:
      return False
    if not self._comparable(before):
      return True
    return tables.BETTER[name](before['value'], numbers[name]) != before['value']

  def _comparable(self, record: dict[str, Any]) -> bool:
    return {name: record.get(name) for name in self._what} == self._what


def measured(config: ConfigDict) -> dict[str, Any]:
  """What scores depend on, of config.evaluate, as JSON has it."""
  values = {name: value for name, value in config.evaluate.to_dict().items() if name not in finish.FREE}
  return json.loads(json.dumps(values))


def best_line(run: Run, last: int) -> str:
  """Which step was the best and how to load it; '' if it is the last, or none was kept."""
  record = best_record(run.best)
  if not record or record['step'] == last:
    return ''
  return (
    f'best {record["score"]} while training: {record["value"]:.4g} at step {record["step"]:,};'
    f" --at=best takes it, or gan_jax.load('{run.folder}', at='best')"
  )
