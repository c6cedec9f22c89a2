"""What comes after the last step: pictures, scores, and the three lines that tell of them."""

from collections.abc import Callable
from pathlib import Path

from gan_jax import errors, views
from gan_jax.data.dataset import Dataset
from gan_jax.evaluation import evaluate
from gan_jax.runs.folder import Run
from gan_jax.training.experiment import Experiment
from gan_jax.training.state import TrainState
from gan_jax.views import report


def finish(
  experiment: Experiment, run: Run, state: TrainState, dataset: Dataset, notice: Callable = print
) -> None:
  """Draws and scores; `notice` is told what was learned, how good it is, where the pictures are."""
  pictures(experiment, run, state, dataset)
  view, config, steps = views.of(experiment.gan), experiment.config, int(state.step)
  copies = f', {experiment.copies} copies' if experiment.copies > 1 else ''
  learned = view.describe(experiment, dataset)
  notice(f'learned {learned} in {steps:,} steps of {config.train.batch_size}{copies}')
  if config.evaluate.num_images:
    try:
      notice(view.sentence(score(experiment, run, state, dataset)))
    except errors.UserError as error:
      notice(f'not scored: {error}')
  notice(f'pictures: {run.samples}/step_{steps:06d}.png, training.gif beside it, and {run.figures}/')


def pictures(experiment: Experiment, run: Run, state: TrainState, dataset: Dataset) -> None:
  """Writes figures/*.png and samples/training.gif; of several copies, the pictures of the first."""
  _, first, its_state = experiment.members(state)[0]
  report.write(run)
  views.of(experiment.gan).write(first, run.figures, its_state, dataset, run.rows())


def score(experiment: Experiment, run: Run, state: TrainState, dataset: Dataset) -> dict[str, float]:
  """The scores {name: number}, also in evaluation.json; of a population the means over all copies.

  Raises UserError for what cannot be scored.
  """
  view = views.of(experiment.gan)
  copies = {name: view.score(one, part, dataset) for name, one, part in experiment.members(state)}
  return evaluate.write(Path(run.folder), copies, step=int(state.step), data=experiment.config.data.name)
