"""NaN and Inf: found in that step, never saved, taken back by another path; each copy for itself."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import errors
from gan_jax.runs import folder as runs
from gan_jax.runs import stored
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.training import diagnostics, experiment, loop

STEADY = ('train.steps_per_dispatch=2', 'sample.every=0', 'checkpoint.every=2', 'log.every=1')
STEADY += ('g_optimizer.schedule=constant', 'd_optimizer.schedule=constant')
STEPS = ('train.num_steps=8',)
PLACES = {
  "D's loss": lambda state, metrics: (state, {**metrics, 'd/loss': jnp.nan * metrics['d/loss']}),
  "G's loss": lambda state, metrics: (state, {**metrics, 'g/loss': jnp.inf + metrics['g/loss']}),
  'a weight': lambda state, metrics: (spoiled(state, 'variables'), metrics),
  'an optimizer': lambda state, metrics: (spoiled(state, 'opt_state'), metrics),
}


def spoiled(state, part):
  """The state with one number of an array that is none."""
  leaves, tree = jax.tree.flatten(getattr(state, part))
  k = next(k for k, leaf in enumerate(leaves) if leaf.ndim > 1)
  leaves[k] = leaves[k].at[0, 0].set(jnp.inf)
  return state.replace(**{part: jax.tree.unflatten(tree, leaves)})


@pytest.fixture
def failing(monkeypatch):
  """(place, step, times) -> a fault in that step of the first so many paths, seed 1 alone if asked."""
  usual = experiment.Experiment.train_step

  def install(place, at, times=1, seed=None):
    def train_step(self, split=lambda batch: batch):
      step = usual(self, split)

      def broken(state, dataset):
        fails = (state.step == at - 1) & (state.rollbacks < times)
        fails &= (state.seed == seed) if seed is not None else True
        result = step(state, dataset)
        after, metrics = jax.tree.map(lambda a, b: jnp.where(fails, a, b), PLACES[place](*result), result)
        return after.replace(step=result[0].step), metrics  # which all copies have in common

      return broken

    monkeypatch.setattr(experiment.Experiment, 'train_step', train_step)

  return install


def train(config, folder, told=None):
  told = [] if told is None else told
  state, finished = loop.train(config, runs.Run(folder), told.append)
  return state, finished, told


def rows(folder):
  return [(row['step'], row['d/loss'], row['g/loss']) for row in runs.Run(folder).rows()]


def assert_sound(folder):
  """All that is saved is finite."""
  with Checkpoints(folder / 'checkpoints') as saved:
    for step in saved.steps():
      _, found = stored.load(folder / 'checkpoints' / str(step))
      assert all(np.isfinite(array).all() for array in found.values())


@pytest.mark.long
@pytest.mark.parametrize('place', PLACES)
def test_a_run_goes_back_takes_another_path_and_comes_to_its_end(tiny, tmp_path, failing, place):
  failing(place, 5)
  state, finished, told = train(tiny(*STEADY, *STEPS), tmp_path)
  assert finished
  assert (int(state.step), int(state.rollbacks)) == (8, 1)
  (line,) = (line for line in told if 'another path' in line)
  step = 5 if 'loss' in place else 6  # the weights of small networks are looked at after a dispatch
  assert f'at step {step}: back to step 4, on another path (rollback 1 of 5)' in line
  assert_sound(tmp_path)
  assert [row[0] for row in rows(tmp_path)] == list(range(1, 9))
  record = json.loads((tmp_path / f'failures/step_00000{step}/failure.json').read_text())
  assert record['step'] == step
  batch = np.load(tmp_path / f'failures/step_00000{step}/batch_0.npz', allow_pickle=False)
  assert batch['image'].shape == (8, 16, 16, 1)
  assert bool(record['not_finite']) == ('loss' not in place)


@pytest.mark.long
def test_the_other_path_is_that_of_the_number_of_rollbacks(tiny, tmp_path, failing):
  """And is the same when it is taken again: after a stop, and in another run."""
  failing("D's loss", 5)
  whole, _, _ = train(tiny(*STEADY, *STEPS), tmp_path / 'whole')
  for steps in (6, 8):
    parts, _, _ = train(tiny(*STEADY, f'train.num_steps={steps}'), tmp_path / 'parts')
  jax.tree.map(np.testing.assert_array_equal, whole.rollbacks, parts.rollbacks)
  jax.tree.map(np.testing.assert_array_equal, whole.variables, parts.variables)


@pytest.mark.long
def test_without_a_checkpoint_it_begins_again(tiny, tmp_path, failing):
  failing("G's loss", 3)
  state, finished, told = train(tiny(*STEADY, *STEPS, 'checkpoint.every=0'), tmp_path)
  assert finished
  assert int(state.rollbacks) == 1
  assert any('g/loss is inf at step 3: back to step 0' in line for line in told)


@pytest.mark.long
@pytest.mark.parametrize(('fields', 'tries'), [(('train.max_rollbacks=2',), 3), (('train.on_nan=stop',), 1)])
def test_what_does_not_pass_stops_in_one_line(tiny, tmp_path, failing, fields, tries):
  failing("D's loss", 5, times=99)
  with pytest.raises(errors.UserError) as told:
    train(tiny(*STEADY, *STEPS, *fields), tmp_path)
  after = ', after 2 rollbacks' if tries > 1 else ''
  assert str(told.value).startswith(f'd/loss is nan at step 5{after}: try a lower learning rate')
  assert f'{tmp_path}/failures/step_000005' in str(told.value)
  assert_sound(tmp_path)
  with Checkpoints(tmp_path / 'checkpoints') as saved:
    assert saved.latest() == 4
  failing("D's loss", 5, times=99)
  if tries == 1:  # the same command: what led to it is kept once more
    again = []
    with pytest.raises(errors.UserError):
      train(tiny(*STEADY, *STEPS, *fields), tmp_path, again)
    assert not any('is not kept' in line for line in again)


@pytest.mark.long
def test_a_run_that_was_cured_goes_on_in_its_folder(tiny, tmp_path, failing, monkeypatch):
  failing("D's loss", 5, times=99)
  with pytest.raises(errors.UserError):
    train(tiny(*STEADY, *STEPS, 'train.on_nan=stop'), tmp_path)
  monkeypatch.undo()
  state, finished, _ = train(tiny(*STEADY, *STEPS, 'train.on_nan=stop'), tmp_path)
  assert finished
  assert int(state.rollbacks) == 0


@pytest.mark.long
def test_a_copy_that_fails_takes_another_path_and_the_others_theirs(tiny, tmp_path, failing):
  copies = (*STEADY, *STEPS, 'population.seeds=3')
  failing('a weight', 99, seed=1)  # the same program, but that it never fails
  sound, _, _ = train(tiny(*copies), tmp_path / 'sound')
  failing('a weight', 5, seed=1)
  state, finished, told = train(tiny(*copies), tmp_path / 'run')
  assert finished
  assert state.rollbacks.tolist() == [0, 1, 0]
  assert any('at step 6 in copy 1: back to step 4' in line for line in told)
  for k, same in enumerate((True, False, True)):
    equal = [
      np.array_equal(a[k], b[k])
      for a, b in zip(jax.tree.leaves(sound.variables), jax.tree.leaves(state.variables), strict=True)
    ]
    assert all(equal) == same
  assert_sound(tmp_path / 'run')


@pytest.mark.long
def test_a_copy_that_fails_too_often_stays_where_it_was(tiny, tmp_path, failing):
  copies = (*STEADY, *STEPS, 'population.seeds=2', 'train.max_rollbacks=1')
  failing('a weight', 5, times=99, seed=1)
  state, finished, told = train(tiny(*copies), tmp_path)
  assert finished
  assert state.rollbacks.tolist() == [0, 2]
  assert any(line.endswith('copy 1 stays as it was there') for line in told)
  with Checkpoints(tmp_path / 'checkpoints') as saved:
    assert saved.latest() == 8
  assert_sound(tmp_path)
  more, _, _ = train(tiny(*copies, 'train.num_steps=10'), tmp_path)
  jax.tree.map(lambda a, b: np.testing.assert_array_equal(a[1], b[1]), state.variables, more.variables)
  assert not all(
    np.array_equal(a[0], b[0])
    for a, b in zip(jax.tree.leaves(state.variables), jax.tree.leaves(more.variables), strict=True)
  )


@pytest.mark.long
def test_finiteness_is_that_of_networks_and_optimizers(tiny, tmp_path):
  state, _, _ = train(tiny('train.num_steps=1'), tmp_path)
  sound = lambda state: diagnostics.finite((state.variables, state.opt_state))
  assert sound(state)
  for part in ('variables', 'opt_state'):
    assert not sound(spoiled(state, part))
