"""The pictures of a run, drawn again."""

from collections.abc import Callable
from pathlib import Path

from gan_jax import data
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run
from gan_jax.training import finish, setup


def draw(run: Run, copy: int | str | None = None, notice: Callable = print) -> Path:
  """The folder of the figures of a run, which are drawn again, from its last checkpoint and its data.

  Of a population they are those of one `copy`, as in setup.choose. Raises UserError.
  """
  experiment = setup.stored(run)
  chosen = setup.choose(experiment.names, copy, notice)
  with Checkpoints(run.checkpoints) as saved:
    state = experiment.restore(saved)
  return finish.pictures(experiment, run, state, data.make(experiment.config), chosen)
