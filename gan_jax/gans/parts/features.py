"""Features of a discriminator that another run has trained: a frozen network for losses of content."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax

from gan_jax import configs, errors, gans
from gan_jax.runs import checkpoints
from gan_jax.runs import folder as runs


def load(folder: str) -> tuple[Callable, Any]:
  """(features, variables) of a run's discriminator: features(variables, images [B, H, W, C]) -> [B, ...].

  Raises UserError if the folder holds no run, or its D has no features or sees more than images.
  """
  run = runs.Run(Path(folder))
  stored, spec = run.stored()
  gan = gans.make(configs.complete(stored), spec)

  def features(variables, images):
    return gan.discriminate({'d': variables}, {}, images)['features']

  with checkpoints.Checkpoints(run.checkpoints) as saved:
    variables = saved.restore_part('variables')['d']
  try:
    jax.eval_shape(features, variables, spec.batch['image'])
  except KeyError as error:
    raise errors.UserError(
      f'{folder}: its discriminator gives no features of images alone ({error})'
    ) from None
  return features, variables
