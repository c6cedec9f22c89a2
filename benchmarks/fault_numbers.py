"""NaN in the steps of a run: it is found in that step, nothing of it is saved, and the run learns on."""

import contextlib
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
  'population.seeds': 3,
}


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
  config = configs.get('toy_ring:test', FIELDS, notice=lambda _: None)
  while True:
    for name, fault in PLACES.items():
      at = rng.randrange(1, FIELDS['train.num_steps'] + 1)
      seed = rng.randrange(3) if name == 'one copy' else None
      yield outcome(config, place / 'run', at, fault, seed)
      shutil.rmtree(place / 'run', ignore_errors=True)


def outcome(config, folder, at, fault, seed):
  told = []
  try:
    with broken(at, fault, seed):
      state, finished = loop.train(config, Run(folder), told.append)
  except errors.UserError as error:
    return f'stopped: {error}', False
  said = any(f'at step {at} in copy' in line and 'another path' in line for line in told)
  wanted = [1, 1, 1] if seed is None else [int(seed == k) for k in range(3)]
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
def broken(at, fault, seed):
  """A context in which step `at` goes wrong, on the first path alone, in all copies or that with a seed."""
  usual = experiment.Experiment.train_step

  def train_step(self, split=lambda batch: batch):
    step = usual(self, split)

    def attacked(state, dataset):
      fails = (state.step == at - 1) & (state.rollbacks == 0) & (True if seed is None else state.seed == seed)
      pick = lambda bad, good: jnp.where(fails, bad, good)
      good = step(state, dataset)
      after, metrics = jax.tree.map(pick, fault(step, state, dataset), good)
      return after.replace(step=good[0].step), metrics  # which all copies have in common

    return attacked

  with mock.patch.object(experiment.Experiment, 'train_step', train_step):
    yield
