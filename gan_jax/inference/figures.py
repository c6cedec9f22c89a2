"""The pictures of a run, drawn again."""

from collections.abc import Callable
from pathlib import Path

from gan_jax import data
from gan_jax.runs.folder import Run
from gan_jax.training import finish, setup


def draw(
  run: Run, copy: int | str | None = None, notice: Callable = print, at: int | str | None = None
) -> Path:
  """The folder of the figures of a run, which are drawn again, from its data and its state `at` a step.

  `at` is as in setup.restore. Of a population they are those of one `copy`, as in setup.choose. Raises
  UserError.
  """
  experiment = setup.stored(run)
  chosen = setup.choose(experiment.names, copy, notice)
  state = setup.restore(experiment, run, at)
  return finish.pictures(experiment, run, state, data.make(experiment.config), chosen, at)
