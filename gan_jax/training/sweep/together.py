"""Trials that learn in one program: those that differ in seeds and real-valued fields alone.

They are the copies of a population, whose folder is in together/; when it has ended, each copy becomes the
folder of an ordinary run: its config, its last state, its rows, its scores, its samples.
"""

import json
import math
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from ml_collections import ConfigDict

from gan_jax import configs, data, errors, gans, views
from gan_jax.data.dataset import Dataset
from gan_jax.devices import compilation
from gan_jax.evaluation import evaluate
from gan_jax.evaluation.scores import Scores
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.files import save_png, write_whole
from gan_jax.runs.folder import Run
from gan_jax.runs.lock import Lock
from gan_jax.training import finish, loop, setup
from gan_jax.training.population import Population
from gan_jax.training.state import TrainState
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.plan import Trial

MEMBERS = 'trials.json'


class Group(NamedTuple):
  """Trials of one kind: of each of several settings the same seeds, one after another."""

  trials: tuple[Trial, ...]

  @property
  def name(self) -> str:
    """Of its folder."""
    names = '\n'.join(trial.name for trial in self.trials)
    return f'{len(self.trials)}-{zlib.crc32(names.encode()):08x}'

  def config(self) -> ConfigDict:
    """Of the population."""
    first = self.trials[0]
    seeds = sum(trial.setting == first.setting for trial in self.trials)
    cells = [trial.setting for trial in self.trials[::seeds]]
    fields = [field for field in first.setting if first.base.varies(field)]
    over = ';'.join(f'{field}={",".join(repr(cell[field]) for cell in cells)}' for field in fields)
    several = {'population.seeds': seeds, 'population.over': over, 'population.zip': True, 'log.copies': True}
    words = [*first.base.words, *first.words, *((path, str(value)) for path, value in several.items())]
    return configs.load(first.base.path, words, notice=lambda _: None)


def groups(trials: Iterable[Trial], most: int) -> list[Group]:
  """All trials in Groups of at most `most`, of one where they have none of their kind."""
  settings = {}
  for trial in trials:
    settings.setdefault((trial.kind, trial.label), []).append(trial)
  alike = {}
  for (kind, _), some in settings.items():
    fits = _consecutive(some) and len(some) <= most and _may(some[0])
    seeds = tuple(trial.seed for trial in some)
    key = (kind, seeds, tuple(some[0].setting)) if fits else some[0].name
    alike.setdefault(key, []).append(some)
  found = []
  for key, some in alike.items():
    at_once = max(1, most // len(some[0]))
    parts = [some[k : k + at_once] for k in range(0, len(some), at_once)]
    flat = [tuple(trial for each in part for trial in each) for part in parts]
    found += map(Group, flat) if isinstance(key, tuple) else [Group((one,)) for part in flat for one in part]
  return found


def halves(group: Group) -> list[Group]:
  """The group in two, of whole settings where there are several."""
  seeds = sum(trial.setting == group.trials[0].setting for trial in group.trials)
  count = len(group.trials)
  middle = count // seeds // 2 * seeds or count // 2
  return [Group(group.trials[:middle]), Group(group.trials[middle:])]


def pays(group: Group) -> bool:
  """Whether one program for all takes less time: not where a single step keeps all cores of a CPU busy."""
  if jax.default_backend() != 'cpu' or len(group.trials) == 1:
    return True
  config = group.trials[0].config()
  dataset = data.make(config)
  one = setup.make(config, dataset.spec(gans.reads_conditions(config)))
  state = jax.eval_shape(one.init, config.seed)
  return compilation.operations(one.train_step(), state, dataset) < compilation.LARGE


def alone(group: Group) -> list[Group]:
  """Its trials, each a Group of its own."""
  return [Group((trial,)) for trial in group.trials]


def _consecutive(trials):
  return [trial.seed for trial in trials] == list(range(trials[0].seed, trials[0].seed + len(trials)))


def _may(trial):
  """Whether it may be a copy: of a population the best state is that of the mean, not of each copy."""
  return not trial.value('evaluate.every') and trial.value('parallel.num_processes') == 1


def run(group: Group, folder: Folder, notice: Callable) -> bool:
  """Trains the trials of a group at once, each to a folder of its own; False if Ctrl-C stopped it."""
  run = Run(folder.together / group.name)
  config = group.config()
  write_whole(run.folder / MEMBERS, json.dumps([trial.name for trial in group.trials]))
  state, finished = loop.train(config, run, notice=notice, figures=False)
  if not finished:
    return False
  dataset = data.make(config)
  made = setup.make(config, dataset.spec(gans.reads_conditions(config)))
  split(group, folder, run, made, state, dataset)
  return True


def split(
  group: Group, folder: Folder, run: Run, made: Population, state: TrainState, dataset: Dataset
) -> None:
  """Writes the run of each copy of a population that has ended; what a trial has already is left alone."""
  rows, scores, measured = run.copies(), _scores(run), evaluate.measured(run.folder)
  measured = {name: value for name, value in measured.items() if name != 'environment'}
  state, drawing = jax.device_get(state), {}
  for k, trial in enumerate(group.trials):
    if folder.state(trial).over:
      continue
    one = folder.run(trial)
    experiment, its_state = made.to_sample(state, k)
    its_state = jax.tree.map(np.asarray, _as_alone(its_state, trial, made))  # of what is a number, an array
    own = [{name: _of_copy(value, k) for name, value in row.items()} for row in rows]
    with Lock(one.folder), Checkpoints(one.checkpoints) as saved:
      one.open(trial.config(), made.spec, lambda _: None)
      write_whole(one.metrics, ''.join(json.dumps(row) + '\n' for row in own))
      saved.save(its_state)
    try:
      if (often := int(its_state.rollbacks)) > (most := trial.value('train.max_rollbacks')):
        raise errors.UserError(f'it has diverged {often:,} times, more than train.max_rollbacks={most}')
      finish.check_finite(its_state)
      picture = _picture(experiment, its_state, dataset, drawing)
      save_png(one.samples / f'step_{int(state.step):06d}.png', picture)
      evaluate.write(one.evaluation, {f'seed {trial.seed}': scores[k]}, [''], measured)
    except errors.UserError as error:
      folder.fail(trial, error)


def _as_alone(state, trial, made):
  """The state of a copy as the trial's own run has it: without what a weight of 0 makes superfluous."""
  if all(trial.setting.values()):
    return state
  like = jax.eval_shape(setup.make(trial.config(), made.spec).init, trial.seed)
  fitted = lambda found, like: (
    {name: fitted(found[name], like[name]) for name in like} if isinstance(like, dict) else found
  )
  return state.replace(variables=fitted(state.variables, like.variables), ema=fitted(state.ema, like.ema))


def _scores(run):
  """[Scores] of each copy, from a population's evaluation.json."""
  record = json.loads(run.evaluation.read_text())
  found = []
  for copy, numbers in evaluate.numbers(record).items():
    values = {name: value for name, value in numbers.items() if math.isfinite(value)}
    pairs = record['intervals_95'].get(copy, {})
    sure = {name: (low, high) for name, (low, high) in pairs.items() if name in values and low is not None}
    found.append(Scores(values, sure, record['protocol']))
  return found


def _of_copy(value: Any, k: int) -> Any:
  return round(value[k], 6) if isinstance(value, list) else value


def _picture(one, state, dataset, made):
  """The samples of a copy; `made` keeps what draws those of a setting."""
  view = views.of(one.gan)
  if one not in made:
    made[one] = view.snapshot(one, dataset)
  return view.draw(made[one](state))


def started(folder: Folder, trials: Sequence[Trial]) -> list[Group]:
  """The Groups that are there and have not ended, in which all trials are planned still.

  Raises UserError for one whose list of trials cannot be read.
  """
  known, found, claimed = {trial.name: trial for trial in trials}, [], set()
  for file in sorted(folder.together.glob(f'*/{MEMBERS}')):
    try:
      names = [str(name) for name in json.loads(file.read_text())]
    except (OSError, ValueError, TypeError) as error:
      raise errors.UserError(f'{file} is broken ({error!r}): delete it, and the sweep goes on') from error
    if all(name in known for name in names) and claimed.isdisjoint(names) and Run(file.parent).begun():
      group = Group(tuple(known[name] for name in names))
      if not all(folder.state(trial).over for trial in group.trials):
        found.append(group)
        claimed |= set(names)
  return found
