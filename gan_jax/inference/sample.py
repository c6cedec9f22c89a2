"""Samples of trained generators, from Python and as files."""

from pathlib import Path

from gan_jax import errors, views
from gan_jax.gans.sampler import Sampler
from gan_jax.training import setup


def load(folder: str | Path, at: int | None = None) -> Sampler:
  """The Sampler of a run folder, from its last checkpoint or that of step `at`. Raises UserError.

  Of a population it is the first copy's.
  """
  experiment, state = setup.load(folder, at)
  return experiment.sampler(state)


def write(folder: str | Path, count: int, out: Path, seed: int = 0) -> None:
  """Writes `count` samples of a run: files in the folder `out`, or one array if it ends in .npz.

  Raises UserError if the run cannot be sampled.
  """
  if count < 1:
    raise errors.UserError(f'--num_samples={count}: must be at least 1')
  experiment, state = setup.load(folder)
  views.of(experiment.gan).save(experiment, experiment.sampler(state), count, out, seed)
