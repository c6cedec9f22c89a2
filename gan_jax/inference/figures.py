"""The pictures of a run, drawn again."""

from gan_jax import data
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run
from gan_jax.training import finish, setup


def draw(run: Run) -> None:
  """Writes the figures of a run again, from its last checkpoint and its data. Raises UserError."""
  experiment = setup.stored(run)
  with Checkpoints(run.checkpoints) as saved:
    finish.pictures(experiment, run, experiment.restore(saved), data.make(experiment.config))
