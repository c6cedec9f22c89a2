"""The pictures of a run, from its checkpoint: losses, the animation, and what its kind of data can show."""

from gan_jax import data
from gan_jax.runs import checkpoints
from gan_jax.training import experiment
from gan_jax.views import grids
from gan_jax.views import images as gallery


def view(made):
  """The module that shows and scores what a run makes: of images gallery.py, of vectors the laboratory.

  Both have fixed, draw, write, score and sentence.
  """
  if len(made.spec['image'].shape) > 2:
    return gallery
  from gan_jax.views import points as laboratory  # which needs scipy's and matplotlib's seconds

  return laboratory


def draw(run):
  """Writes the pictures of a run again, from its last checkpoint and the data of its config."""
  made = experiment.make(*run.stored())
  with checkpoints.Checkpoints(run.checkpoints) as saved:
    write(made, run, made.restore(saved), data.make(made.config))


def write(made, run, state, dataset):
  """Writes figures/*.png and samples/training.gif; of several copies, the pictures of the first."""
  run.figures.mkdir(parents=True, exist_ok=True)
  grids.curves(run.figures / 'losses.png', run.rows())
  grids.animate(
    run.samples / 'training.gif',
    sorted(run.samples.glob('step_*.png'), key=lambda file: (len(file.name), file.name)),
  )
  _, first, its_state = made.members(state)[0]
  view(made).write(first, run, its_state, dataset)
