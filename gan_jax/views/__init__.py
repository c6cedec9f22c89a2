"""How a GAN's output is shown, by name: `Presentation.view` is a module here, or a dotted path of one's own.

A view is a module with the functions of `View`; `images`, `keypoints` and `points` are such modules, the
other files here are what they draw with.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from gan_jax import errors
from gan_jax.configs import lookup
from gan_jax.evaluation.scores import Scores
from gan_jax.gans.contract import GAN


@runtime_checkable
class View(Protocol):
  """What a view's module has. An experiment is a training.Experiment, a state its TrainState."""

  def snapshot(self, experiment: Any, dataset: Any) -> Callable[[Any], Any]:
    """state -> arrays that `draw` draws: of the same latents and real examples each time, of every copy."""

  def draw(self, arrays: Any) -> UInt8[np.ndarray, 'H W 3']:
    """The picture of a snapshot, in samples/; it is called in another thread."""

  def write(self, experiment: Any, folder: Path, state: Any, dataset: Any, rows: list[dict]) -> None:
    """Writes the final pictures into the folder; `rows` are the logged metrics."""

  def save(self, experiment: Any, sampler: Any, count: int, out: Path, seed: int) -> None:
    """Writes the files of --mode=sample: `count` samples in the folder `out`, or in one .npz file."""

  def scorer(self, experiment: Any, dataset: Any) -> Callable[..., Scores]:
    """(experiment, state, quick=False) of a copy -> Scores of config.evaluate.num_images samples.

    `quick` leaves out intervals, and what real samples get. Both raise UserError for what cannot be scored.
    What all copies share, such as a network that judges, is made but once.
    """

  def sentence(self, scores: dict[str, float]) -> str:
    """The scores of one copy in words, one line."""

  def describe(self, experiment: Any, dataset: Any) -> str:
    """What has been learned, in a few words: '1,500 images (digits, 16x16x1)'."""


def of(gan: GAN) -> View:
  """The view of a GAN. Raises UserError for one that there is not, or that lacks a function."""
  found = lookup.module('views', gan.presentation.view, 'snapshot')
  for name in vars(View):
    if name[0] != '_' and not hasattr(found, name):
      raise errors.UserError(f'the view {gan.presentation.view} has no {name}: see gan_jax.views.View')
  return found
