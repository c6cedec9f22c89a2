"""What comes after the last step: pictures, scores, and the lines that tell of them."""

import json
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp

from gan_jax import errors, views
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import regular
from gan_jax.evaluation import evaluate, tables
from gan_jax.evaluation.scores import Scores
from gan_jax.gans.contract import averaged
from gan_jax.runs.files import write_whole
from gan_jax.runs.folder import Run
from gan_jax.runs.waiting import waiting
from gan_jax.training.experiment import Experiment
from gan_jax.training.state import TrainState
from gan_jax.views import report

FREE = ('every', 'best', 'cache')  # fields of config.evaluate on which no score depends


def finish(
  experiment: Experiment,
  run: Run,
  state: TrainState,
  dataset: Dataset,
  notice: Callable = print,
  scorer: Callable | None = None,
  figures: bool = True,
) -> None:
  """Draws and scores; `notice` is told what was learned, how good it is, where the pictures are.

  Without `figures` nothing is drawn but what there is of samples.
  """
  first = f' (of copy 0, {experiment.names[0]})' if experiment.copies > 1 else ''
  run.check_there()
  drawn = True
  try:
    if figures:
      pictures(experiment, run, state, dataset)
  except errors.UserError as error:
    drawn = not errors.of_disk(error)  # which may have room at the next start
    notice(f'not drawn{first}: {error}')
  config, steps = experiment.config, int(state.step)
  learned = views.of(experiment.gan).describe(experiment, dataset)
  copies = f', {experiment.copies} copies' if first else ''
  notice(f'learned {learned} in {steps:,} steps of {config.train.batch_size}{copies}')
  run.check_there()
  if config.evaluate.num_images:
    score(experiment, run, state, dataset, notice, scorer)
  run.check_there()
  if drawn:
    write_whole(run.finished, json.dumps({'step': steps}))
  if figures:
    where = f'{run.samples}/step_{steps:06d}.png, training.gif beside it, and {run.figures}/{first}'
    notice(f'pictures: {where}')


@waiting('drawing the figures')
def pictures(
  experiment: Experiment,
  run: Run,
  state: TrainState,
  dataset: Dataset,
  copy: int = 0,
  at: int | str | None = None,
) -> Path:
  """Writes figures/*.png and samples/training.gif, of several copies the figures of the first.

  Those of another `copy` are in figures/copy_K, without what is drawn of the logged means over all; those of
  a state that was asked for, `at` a step, in figures/at_STEP. Returns their folder. Raises UserError for a
  copy that has diverged.
  """
  folder = run.figures.joinpath(*[f'copy_{copy}'] * bool(copy), *[f'at_{at}'] * (at is not None))
  rows = [] if copy else [row for row in run.rows() if row['step'] <= int(state.step)]
  if folder == run.figures:
    report.write(run)
  one, its_state = experiment.member(state, copy)
  check_finite(its_state)
  views.of(experiment.gan).write(one, folder, its_state, dataset, rows)
  return folder


def score(
  experiment: Experiment,
  run: Run,
  state: TrainState,
  dataset: Dataset,
  notice: Callable = print,
  scorer: Callable | None = None,
) -> None:
  """Writes the scores of all copies into evaluation.json; `notice` is told them, or why there are none.

  `scorer` is that of the view, if it has been made.
  """
  scores = scored(experiment, state, dataset, notice, scorer)
  if any(one.numbers for one in scores.values()):
    groups = evaluate.write(run.evaluation, scores, experiment.settings, measured(experiment, state))
    (first, *_) = scores.values()
    sentence = views.of(experiment.gan).sentence
    notice(sentence(first.numbers) if experiment.copies == 1 else tables.text(groups))
    report.scores(run)  # again: now it is known what real data get


def scored(
  experiment: Experiment,
  state: TrainState,
  dataset: Dataset,
  notice: Callable = print,
  scorer: Callable | None = None,
) -> dict[str, Scores]:
  """{name: Scores} of all copies, those of one that cannot be scored empty; {} if none can."""
  scores = {}
  with waiting('scoring'):
    try:
      scorer = scorer or views.of(experiment.gan).scorer(experiment, dataset)
    except errors.UserError as error:
      notice(f'not scored: {error}')
      return {}
    for k, name in enumerate(experiment.names):
      one, its_state = experiment.to_sample(state, k)
      try:
        check_finite(its_state)
        scores[name] = scorer(one, its_state)
      except errors.UserError as error:
        scores[name] = Scores({})
        notice(f'not scored{f", {name}" if experiment.copies > 1 else ""}: {error}')
  return scores


def check_finite(state: TrainState) -> None:
  """Raises UserError for one copy's state if its generator has weights that are no numbers any more."""
  if not all(jnp.isfinite(array).all() for array in jax.tree.leaves(averaged(state)['g'])):
    raise errors.UserError('the generator is not finite: it has diverged; lower the learning rates')


def owed(run: Run, state: TrainState) -> bool:
  """Whether the end of this step is not drawn and scored: it was interrupted, or its figures were removed."""
  try:
    return json.loads(regular.text(run.finished))['step'] != int(state.step) or not run.figures.is_dir()
  except (OSError, ValueError, KeyError, TypeError, RecursionError):
    return True


def unscored(experiment: Experiment, run: Run, state: TrainState) -> bool:
  """Whether scores are asked for that evaluation.json does not have: of this step, of so many images."""
  wanted, there = measured(experiment, state), evaluate.measured(run.folder)
  return wanted['num_images'] > 0 and wanted != {name: there.get(name) for name in wanted}


def measured(experiment: Experiment, state: TrainState) -> dict[str, object]:
  """What scores are measured on, as evaluation.json has it."""
  config = experiment.config
  asked = {name: value for name, value in config.evaluate.to_dict().items() if name not in FREE}
  return {'step': int(state.step), 'data': config.data.name, **json.loads(json.dumps(asked))}
