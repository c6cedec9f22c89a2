"""Scheduled fields: their values in closed form, in the step itself, with populations and after a stop."""

import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, errors
from gan_jax.runs import folder as runs
from gan_jax.training import loop, setup
from gan_jax.training.population import Population

STILL = ('g_optimizer.schedule=constant', 'd_optimizer.schedule=constant')
SGD = (*STILL, 'g_optimizer.name=sgd', 'd_optimizer.name=sgd')
OVER = 'schedule.over=penalty.r1=0.5;g_optimizer.learning_rate=0.01;d_optimizer.learning_rate=0.3'
FROM = ('penalty.r1=2', 'g_optimizer.learning_rate=0.1', 'd_optimizer.learning_rate=0.1', *SGD)
N = 8  # steps of 8 images


def make(config):
  dataset = data.make(config)
  return setup.make(config, dataset.spec()), dataset


def after(config, start, step=None):
  """(state, metrics) after one step of a config from the state `start`, as if it were another step."""
  made, dataset = make(config)
  start = start.replace(step=jnp.int32(step)) if step is not None else start
  return jax.jit(made.train_step())(start, dataset)


def close(one, other):
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), one, other)


@pytest.mark.parametrize(
  ('shape', 'shares'),
  [
    ('cosine', {0: 0.0, N // 4: 0.5 - 0.5**1.5, N // 2: 0.5, N: 1.0, N + 1: 1.0}),
    ('linear', {0: 0.0, N // 4: 0.25, N // 2: 0.5, N: 1.0, N + 1: 1.0}),
    ('constant_until', {0: 0.0, N - 1: 0.0, N: 1.0, N + 1: 1.0}),
  ],
)
def test_values_in_closed_form(tiny, shape, shares):
  config = tiny(*FROM, OVER, f'schedule.images={8 * N}', f'schedule.shape={shape}')
  schedule = make(config)[0].schedule
  for step, share in shares.items():
    values = schedule.values(config, step)
    np.testing.assert_allclose(values['penalty.r1'], 2 + share * (0.5 - 2), rtol=1e-6)
    np.testing.assert_allclose(values['g_optimizer.learning_rate'], 0.1 + share * (0.01 - 0.1), rtol=1e-6)


def test_images_are_those_that_d_has_seen(tiny):
  config = tiny(*FROM, OVER, 'schedule.images=240', 'train.d_steps=3', 'schedule.shape=linear')
  np.testing.assert_allclose(make(config)[0].schedule.values(config, 5)['penalty.r1'], 2 - 0.5 * 1.5)


@pytest.mark.long
def test_a_step_has_the_values_of_its_number(tiny):
  """From the same state: a step of the scheduled run is one of a run with these very values."""
  scheduled = tiny(*FROM, OVER, f'schedule.images={8 * N}')
  start = make(scheduled)[0].init_state()
  for step, share in ((0, 0.0), (N // 2, 0.5), (N, 1.0), (N + 1, 1.0)):
    fields = {
      'penalty.r1': (2, 0.5),
      'g_optimizer.learning_rate': (0.1, 0.01),
      'd_optimizer.learning_rate': (0.1, 0.3),
    }
    values = [f'{field}={first + share * (last - first)}' for field, (first, last) in fields.items()]
    wanted, metrics = after(tiny(*FROM, *values), start, step)
    found, its = after(scheduled, start, step)
    close(found.variables, wanted.variables)
    close(its, metrics)


@pytest.mark.long
def test_momenta_and_what_begins_at_zero_move_too(tiny):
  """A penalty of 0 that rises, a probability of augmentation, b2 of Adam."""
  over = 'schedule.over=penalty.r2=1;augment.p=0.4;d_optimizer.b2=0.5'
  ada = (*STILL, 'augment.name=ada', 'augment.target=0', 'augment.geometry=0', 'augment.blit=0')
  scheduled = tiny(
    *ada, 'penalty.r2=0', 'd_optimizer.b2=0.9', over, 'schedule.images=16', 'schedule.shape=linear'
  )
  start, first = after(scheduled, make(scheduled)[0].init_state())
  assert first['d/augment_p'] == 0
  found, metrics = after(scheduled, start)
  np.testing.assert_allclose(metrics['d/augment_p'], 0.2, rtol=1e-6)
  still = tiny(*ada, 'augment.p=0.2', 'penalty.r2=0.5', 'd_optimizer.b2=0.7')
  wanted, its = after(still, start)
  close(found.variables, wanted.variables)
  np.testing.assert_allclose(metrics['d/r2'], its['d/r2'], rtol=1e-5)


@pytest.mark.long
def test_copies_may_differ_in_what_moves(tiny):
  base = (*SGD, OVER, f'schedule.images={8 * N}', 'population.over=penalty.r1=2,3;penalty.r2=0.1,0.2')
  made, dataset = make(tiny(*base))
  assert isinstance(made, Population)
  together, _ = jax.jit(made.train_step())(made.init_state().replace(step=jnp.int32(3)), dataset)
  alone = tiny(*SGD, OVER, f'schedule.images={8 * N}', 'penalty.r1=3', 'penalty.r2=0.1')
  wanted, _ = after(alone, make(alone)[0].init_state(), 3)
  close(made.member(together, 2)[1].variables, wanted.variables)


@pytest.mark.long
def test_a_stopped_run_goes_on_as_if_it_had_not(tiny, tmp_path):
  fields = (*FROM, OVER, 'schedule.images=40', 'checkpoint.every=2', 'checkpoint.keep=5')
  whole, part = runs.Run(tmp_path / 'whole'), runs.Run(tmp_path / 'part')
  wanted, _ = loop.train(tiny(*fields, 'train.num_steps=6'), whole, notice=lambda _: None)
  loop.train(tiny(*fields, 'train.num_steps=4'), part, notice=lambda _: None)
  shutil.rmtree(part.checkpoints / '4')
  found, _ = loop.train(tiny(*fields, 'train.num_steps=6'), part, notice=lambda _: None)
  jax.tree.map(np.testing.assert_array_equal, found.variables, wanted.variables)
  assert found.step == 6


@pytest.mark.parametrize(
  ('fields', 'message'),
  [
    (('schedule.over=penalty.r3=1',), r"config field 'penalty.r3'; did you mean 'penalty.r"),
    (
      ('schedule.over=train.d_steps=2',),
      'schedule.over: real numbers that a step reads may vary, not train.d_steps',
    ),
    (('schedule.over=penalty.r1=1', 'schedule.images=0'), 'schedule.over needs schedule.images'),
    (('schedule.over=penalty.r1=1,2',), 'penalty.r1 has one last value, not 2'),
    (('schedule.over=penalty.r1=-1',), 'penalty.r1=-1.0: must be at least 0'),
    (
      ('schedule.over=g_optimizer.learning_rate=1', 'g_optimizer.schedule=linear'),
      'moves by g_optimizer.schedule=linear already: set g_optimizer.schedule=constant',
    ),
    (('schedule.over=penalty.r1=1', 'penalty.final_scale=0.1'), 'moves by penalty.final_scale=0.1 already'),
    (('schedule.over=augment.p=1', 'augment.name=ada'), 'augment.p moves by augment.target=0.6 already'),
    (('schedule.over=label_smoothing=0.1',), 'schedule.over: label_smoothing cannot vary'),
  ],
)
def test_what_cannot_move_is_said_in_one_line(tiny, fields, message):
  def attempt():
    config = tiny('schedule.images=80', *fields)
    after(config, make(config)[0].init_state())

  with pytest.raises(errors.UserError, match=message) as error:
    attempt()
  assert '\n' not in str(error.value)


def test_without_a_schedule_nothing_is_made_anew(tiny):
  made, _ = make(tiny())
  assert made.at(3) is made
