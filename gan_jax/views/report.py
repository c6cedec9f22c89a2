"""The pictures that every run has, whatever it makes: its losses, and the animation of its samples."""

from typing import Any

from gan_jax.runs import files
from gan_jax.views import curves, grids


def write(run: Any) -> None:
  """Writes figures/losses.png and samples/training.gif of a run's folder."""
  files.save_png(run.figures / 'losses.png', curves.draw(run.rows()))
  frames = sorted(run.samples.glob('step_*.png'), key=lambda file: (len(file.name), file.name))
  grids.animate(run.samples / 'training.gif', frames)
