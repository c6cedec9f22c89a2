"""From a config, or the folder of a run, to what it asks for: an experiment, or a population of them."""

from pathlib import Path

from ml_collections import ConfigDict

from gan_jax import configs
from gan_jax.data.spec import Spec
from gan_jax.gans import sampler
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run
from gan_jax.training import experiment, population
from gan_jax.training.experiment import Experiment
from gan_jax.training.state import TrainState


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


def load(folder: str | Path, at: int | None = None) -> tuple[Experiment, TrainState]:
  """(Experiment, TrainState) of a run, at its last checkpoint or step `at`; of a population, its first copy.

  Raises UserError if the folder is no run, or has no such checkpoint.
  """
  run = Run(Path(folder))
  found = stored(run)
  with Checkpoints(run.checkpoints) as saved:
    _, one, state = found.members(found.restore(saved, at))[0]
  return one, state
