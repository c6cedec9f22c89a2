"""Samples of a conditional game, a row for each of the conditions that its sheet asks for."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from gan_jax.data.dataset import Dataset
from gan_jax.gans import contract

COLUMNS = 16  # of a game's sheet, at most; half of them at least


def images(experiment: Any, dataset: Dataset, columns: int = 0) -> Callable:
  """state -> {heading: images [columns, H, W, C]} of the game's sheet; of copies {name: images}."""
  presentation, config = experiment.gan.presentation, experiment.config
  rng = jax.random.fold_in(jax.random.key(config.seed), 2**31 - 1)  # a stream that no step uses
  some = dataset.examples(np.arange(columns or COLUMNS) % dataset.size)
  headings, drawn = presentation.sheet(experiment.gan.draw(rng, some))
  rows = len(headings)
  columns = columns or min(COLUMNS, max(COLUMNS // 2, -(-config.sample.num // rows)))
  drawn = {name: value[: rows * columns] for name, value in drawn.items()}
  real = dataset.examples(np.arange(rows * columns) % dataset.size)

  def made(state):
    fakes = contract.sample(experiment.gan, contract.averaged(state), real, rng, drawn)[1]
    return fakes[presentation.output]

  compiled = jax.jit(experiment.each(made))

  def arrays(state):
    found = np.asarray(compiled(state))
    if found.ndim > 4:
      return dict(zip(experiment.names, found, strict=True))
    return {heading: found[k::rows] for k, heading in enumerate(headings)}

  return arrays
