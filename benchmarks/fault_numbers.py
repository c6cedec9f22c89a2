"""NaN in the steps of a run: it is found in that step, nothing of it is saved, and the run learns on."""

import contextlib
import io
import shutil
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import configs, errors
from gan_jax.runs import stored
from gan_jax.runs.folder import Run
from gan_jax.training import experiment, loop

FIELDS = {
  'train.num_steps': 12,
  'train.steps_per_dispatch': 2,
  'checkpoint.every': 2,
  'sample.every': 0,
  'log.every': 1,
  'log.tensorboard': False,
  'evaluate.num_images': 0,
}
ALL = 3  # copies


class Spoiled:
  """A dataset whose batches are NaN."""

  def __init__(self, dataset):
    self._dataset = dataset

  def batch(self, seed, index):
    batch = self._dataset.batch(seed, index)
    return {**batch, 'image': batch['image'] * jnp.nan}


def d_loss(step, state, dataset):
  after, metrics = step(state, dataset)
  return after, {**metrics, 'd/loss': metrics['d/loss'] * jnp.nan}


def g_loss(step, state, dataset):
  after, metrics = step(state, dataset)
  return after, {**metrics, 'g/loss': metrics['g/loss'] * jnp.nan}


def in_data(step, state, dataset):
  return step(state, Spoiled(dataset))


PLACES = {"D's loss": d_loss, "G's loss": g_loss, 'the data': in_data, 'one copy': d_loss}


def nan(place, rng):
  """Trains three copies, in one or all of which a step goes wrong once.

  Gives (what happened, whether it was right).
  """
  while True:
    for name, fault in PLACES.items():
      at = rng.randrange(1, FIELDS['train.num_steps'] + 1)
      copy = rng.randrange(ALL) if name == 'one copy' else ALL
      fields = {**FIELDS, 'population.seeds': ALL, 'seed': 1000 * copy + 10 * at}
      yield outcome(
        configs.get('toy_ring:test', fields, notice=lambda _: None), place / 'run', at, fault, copy
      )
      shutil.rmtree(place / 'run', ignore_errors=True)


def fails(seed, step):
  """Whether this step goes wrong in the copy with a seed: it says so, that one program serves all trials."""
  which, at, copy = seed // 1000, seed % 1000 // 10, seed % 10
  return (step == at - 1) & ((which == ALL) | (which == copy))


def outcome(config, folder, at, fault, copy):
  told = []
  try:
    with broken(fault), contextlib.redirect_stderr(io.StringIO()):
      state, finished = loop.train(config, Run(folder), told.append, figures=False)
  except errors.UserError as error:
    return f'stopped: {error}', False
  said = any(f'at step {at} in copy' in line and 'another path' in line for line in told)
  wanted = [int(copy in (ALL, k)) for k in range(ALL)]
  went_back = np.asarray(state.rollbacks).tolist() == wanted
  sound = all(
    np.isfinite(array).all()
    for path in (folder / 'checkpoints').iterdir()
    if path.is_dir()
    for array in stored.load(path)[1].values()
  )
  right = finished and said and went_back and sound
  return ('found in that step, taken back, learned on' if right else f'{told}'), right


@contextlib.contextmanager
def broken(fault):
  """A context in which steps go wrong that `fails` names, on the first path alone."""
  usual = experiment.Experiment.train_step

  def train_step(self, split=lambda batch: batch):
    step = usual(self, split)

    def attacked(state, dataset):
      now = fails(state.seed, state.step) & (state.rollbacks == 0)
      pick = lambda bad, good: jnp.where(now, bad, good)
      good = step(state, dataset)
      after, metrics = jax.tree.map(pick, fault(step, state, dataset), good)
      return after.replace(step=good[0].step), metrics  # which all copies have in common

    return attacked

  with mock.patch.object(experiment.Experiment, 'train_step', train_step):
    yield
