"""The pictures that every run has, whatever it makes: losses, scores, the animation of its samples."""

import contextlib
from typing import Any

from gan_jax import errors
from gan_jax.evaluation import evaluate
from gan_jax.runs import best, files
from gan_jax.views import curves, grids


def write(run: Any) -> None:
  """Writes figures/losses.png, figures/scores.png and samples/training.gif of a run's folder."""
  files.save_png(run.figures / 'losses.png', curves.draw(run.rows()))
  scores(run)
  frames = sorted(run.samples.glob('step_*.png'), key=lambda file: (len(file.name), file.name))
  grids.animate(run.samples / 'training.gif', frames)


def scores(run: Any) -> None:
  """Writes figures/scores.png of a run that was scored while it trained, if one of the scores is known."""
  at_the_end = []
  with contextlib.suppress(errors.UserError):  # a run is drawn without what is broken, or not there yet
    at_the_end = evaluate.read(run.folder)
  pixels = curves.draw_scores(run.scores(), at_the_end, best.best_record(run.best))
  if pixels is not None:
    files.save_png(run.figures / 'scores.png', pixels)
