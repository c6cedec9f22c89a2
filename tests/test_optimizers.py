"""Optimizers by name, the schedules at their corners, and both ways of clipping."""

import inspect

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax
import pytest

from gan_jax import errors, optimizers
from gan_jax.configs import optax_fields
from gan_jax.configs.fields import defaults
from gan_jax.configs.optax_fields import COMMON

ADAM = dict(name='adam', learning_rate=2e-4, b1=0.5, b2=0.999, eps=1e-8)
USUAL = [
  'adam',
  'adamw',
  'adabelief',
  'amsgrad',
  'lamb',
  'lion',
  'optimistic_gradient_descent',
  'radam',
]
PARAMS = {'kernel': jnp.linspace(-0.3, 0.3, 12).reshape(3, 4), 'bias': jnp.zeros(4)}


def gradients(seed):
  rng = np.random.default_rng(seed)
  return jax.tree.map(lambda x: jnp.asarray(rng.normal(size=x.shape), x.dtype), PARAMS)


def play(tx, steps=4, params=PARAMS):
  """The params after some updates on gradients that are the same in every play."""
  state, update = tx.init(params), jax.jit(tx.update)
  for step in range(steps):
    updates, state = update(gradients(step), state, params)
    params = optax.apply_updates(params, updates)
  return params, state


def assert_equal(ours, theirs):
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), ours, theirs)


def rate(step, num_steps=100, **options):
  return float(optimizers.learning_rate(dict(name='adam', learning_rate=2.0, **options), num_steps)(step))


@pytest.mark.parametrize('options', [ADAM, ml_collections.ConfigDict({**ADAM, **defaults(COMMON)})])
def test_adam_is_optax_adam(options):
  assert_equal(play(optimizers.make(options, 10))[0], play(optax.adam(2e-4, b1=0.5))[0])


def test_arguments_pass_through():
  """RMSProp with its accumulator started at 1, as TensorFlow's."""
  ours = optimizers.make(dict(name='rmsprop', learning_rate=0.1, initial_scale=1.0), 10)
  assert_equal(play(ours)[0], play(optax.rmsprop(0.1, initial_scale=1.0))[0])
  assert not np.allclose(play(ours)[0]['bias'], play(optax.rmsprop(0.1))[0]['bias'])


@pytest.mark.parametrize('name', USUAL)
def test_every_optimizer_steps_and_keeps_arrays_only(name):
  """With all fields that a flag may set at their defaults; a state of arrays can be saved."""
  options = dict(name=name, learning_rate=0.1, **defaults({**optax_fields.options_of(name), **COMMON}))
  params, state = play(optimizers.make(options, 10), steps=1)
  assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(state))
  assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(params))
  assert not np.allclose(params['bias'], PARAMS['bias'])


def test_state_does_not_depend_on_common_fields():
  """So that clipping or another schedule can be switched on in a resumed run."""
  changed = dict(schedule='cosine', warmup_steps=3, clip_gradient=1.0, clip_weights=0.1)
  states = [optimizers.make({**ADAM, **more}, 10).init(PARAMS) for more in ({}, changed)]
  assert jax.tree.structure(states[0]) == jax.tree.structure(states[1])


def test_options_of():
  assert defaults(optax_fields.options_of('adam')) == dict(
    b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, nesterov=False
  )
  assert defaults(optax_fields.options_of('sgd')) == dict(momentum=0.0, nesterov=False)
  assert optax_fields.options_of('rmsprop')['initial_scale'].default == 0
  plain = dict(name='sgd', learning_rate=0.1)
  zero_momentum = optimizers.make({**plain, **defaults(optax_fields.options_of('sgd'))}, 10)
  assert_equal(play(zero_momentum)[0], play(optax.sgd(0.1))[0])


def test_unknown_names_say_the_near_one():
  for options, message in [
    (dict(name='adm'), "unknown optimizer of optax 'adm'; did you mean 'adam'"),
    (dict(name='rprop'), 'unknown optimizer'),  # no schedules
    (dict(name='adam', eps_rot=1e-8), "unknown argument of optax.adam 'eps_rot'; did you mean 'eps_root'"),
    (dict(name='adam', schedule='cosin'), "unknown schedule 'cosin'; did you mean 'cosine'"),
    (dict(name='adam', decay_start=1.0), r'decay_start=1.0: must be in \[0, 1\)'),
    (dict(name='adam', warmup_steps=-1), 'warmup_steps=-1: must be at least 0'),
    (dict(name='adam', clip_weights=-0.1), 'clip_weights=-0.1: must be at least 0'),
    (dict(name='adam', schedule='exponential'), 'set final_scale'),
  ]:
    with pytest.raises(errors.UserError, match=message) as error:
      optimizers.make(dict(learning_rate=1e-3, **options), 10)
    assert '\n' not in str(error.value)
  with pytest.raises(errors.UserError, match='unknown optimizer'):
    optax_fields.options_of('adm')


@pytest.mark.parametrize(
  ('schedule', 'middle'),
  [('constant', 2.0), ('linear', 2 * 0.55), ('cosine', 2 * 0.55), ('exponential', 2 * 0.1**0.5)],
)
def test_schedules(schedule, middle):
  """From 2 to a tenth of it: at the start, halfway, at the end and past it; then later; then warmed up."""
  last = 2.0 if schedule == 'constant' else 0.2
  options = dict(schedule=schedule, final_scale=0.1)
  for step, expected in [(0, 2), (50, middle), (100, last), (1000, last)]:
    assert rate(step, **options) == pytest.approx(expected)
  for step, expected in [(0, 2), (40, 2), (60, 2), (80, middle), (100, last)]:
    assert rate(step, **options, decay_start=0.6) == pytest.approx(expected)
  for step, expected in [(0, 0), (5, 1), (10, 2), (55, middle), (100, last)]:
    assert rate(step, **options, warmup_steps=10) == pytest.approx(expected)


def test_cyclegan_schedule():
  """Constant for the first half, then linearly to 0."""
  options = dict(schedule='linear', decay_start=0.5)
  assert [rate(step, **options) for step in (0, 50, 75, 99, 100)] == pytest.approx([2, 2, 1, 0.04, 0])


def test_falls_all_the_way_and_never_rises():
  for schedule, final_scale in [('linear', 0.0), ('cosine', 0.0), ('exponential', 0.01)]:
    options = dict(name='adam', learning_rate=2.0, schedule=schedule, final_scale=final_scale, warmup_steps=7)
    rates = jax.vmap(optimizers.learning_rate(options, 50))(jnp.arange(60))
    assert (jnp.diff(rates[:8]) > 0).all()
    assert (jnp.diff(rates[7:]) <= 1e-6).all()
    np.testing.assert_allclose(rates[50:], 2 * final_scale, atol=1e-6)


def test_run_cut_short_in_its_warm_up():
  assert rate(5, num_steps=10, schedule='cosine', warmup_steps=1000) == pytest.approx(0.01)


def test_schedule_is_what_the_optimizer_uses():
  options = dict(name='sgd', learning_rate=2.0, schedule='linear', warmup_steps=2)
  tx, schedule = optimizers.make(options, 6), optimizers.learning_rate(options, 6)
  state = tx.init(PARAMS)
  for step in range(7):
    updates, state = tx.update(PARAMS, state, PARAMS)
    np.testing.assert_allclose(updates['kernel'], -schedule(step) * PARAMS['kernel'], rtol=1e-6, atol=1e-7)


def test_gradients_are_clipped_by_global_norm():
  """SGD at rate 1 moves by the clipped gradient; a gradient within the limit is left alone."""
  for limit in (0.5, 100.0):
    tx = optimizers.make(dict(name='sgd', learning_rate=1.0, clip_gradient=limit), 10)
    updates, _ = tx.update(gradients(0), tx.init(PARAMS), PARAMS)
    scale = min(1, limit / float(optax.tree.norm(gradients(0))))
    assert_equal(updates, jax.tree.map(lambda x, scale=scale: -scale * x, gradients(0)))


@pytest.mark.parametrize('dtype', [jnp.float32, jnp.bfloat16])
@pytest.mark.parametrize('limit', [0.01, 0.03, 0.125])
def test_weights_stay_within_the_limit(dtype, limit):
  """Exactly, after rounding, from params far outside as well; those within move as they would."""
  rng = np.random.default_rng(0)
  params = {'w': jnp.asarray(10 ** rng.uniform(-6, 1, 5000) * rng.choice([-1, 1], 5000), dtype)}
  tx = optimizers.make(dict(name='sgd', learning_rate=1.0, clip_weights=limit), 10)
  for _ in range(4):
    moves = jnp.asarray(0.01 * rng.normal(size=5000), dtype)
    updates, _ = jax.jit(tx.update)({'w': -moves}, tx.init(params), params)
    free = params['w'] + moves
    params = optax.apply_updates(params, updates)
    assert (np.abs(np.asarray(params['w'], np.float64)) <= limit).all()
    inside = np.abs(np.asarray(free, np.float64)) < 0.9 * limit
    eps = float(jnp.finfo(dtype).eps)
    np.testing.assert_allclose(
      *(np.asarray(x, np.float64)[inside] for x in (params['w'], free)), rtol=0, atol=2 * limit * eps
    )


def test_weight_clipping_needs_params():
  tx = optimizers.clip_weights(0.1)
  with pytest.raises(ValueError, match='needs the params'):
    tx.update(PARAMS, tx.init(PARAMS))


def test_common_fields_hide_no_argument():
  """No optax optimizer has an argument of the same name as a field for all."""
  for name in USUAL:
    assert not set(inspect.signature(getattr(optax, name)).parameters) & set(COMMON)
