"""Whether a game has come to a standstill: G makes one and the same image, and D has no doubt of it."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from gan_jax.data.dataset import Dataset
from gan_jax.training.experiment import Experiment

EARLIEST = 500  # steps; before that many a healthy run looks like this
APART = 8.0  # between D's mean logits: the odds are 3,000 to 1
ALIKE = 0.1  # samples differ by less than this part of what real images do


class Watch:
  """Looks at the samples of a run of images from noise, and says in one line, once, that it stands still."""

  def __init__(self, experiment: Experiment, dataset: Dataset, notice: Callable):
    shown, config = experiment.gan.presentation, experiment.config
    self._notice, self._spread, self._penalty = notice, 0.0, config.penalty.r1
    if shown.view == 'images' and shown.from_noise and not shown.show and experiment.copies == 1:
      real = dataset.examples(np.arange(config.sample.num) % dataset.size)[shown.output]
      self._spread = spread(real)

  def look(self, step: int, images: Any, metrics: dict[str, Any]) -> None:
    """`images` are the snapshot of this step; `metrics` {name: [T]} those of the last steps."""
    if step < EARLIEST or not self._spread or not {'d/real_logit', 'd/fake_logit'} <= metrics.keys():
      return
    if isinstance(images, Mapping):  # rows by name
      images = np.concatenate(list(images.values()))
    real, fake = (float(np.mean(metrics[f'd/{side}_logit'])) for side in ('real', 'fake'))
    if real - fake > APART and spread(images) < ALIKE * self._spread:
      self._spread = 0.0  # say it once
      self._notice(
        f'step {step:,}: all samples are nearly the same, and D tells them from real images with ease'
        f' (mean logits {real:.1f} and {fake:.1f}): try penalty.r1={10 * self._penalty or 1:g}'
        ' and a wider generator'
      )


def spread(images: Float[np.ndarray | jax.Array, ' N *shape']) -> float:
  """The mean over pixels of their standard deviation over images."""
  return float(np.std(np.asarray(images), axis=0).mean())
