"""What a step tells of its health: norms, diversity, finiteness, by arithmetic; and when it is computed."""

from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from ml_collections import ConfigDict

from gan_jax import data
from gan_jax.devices import compilation
from gan_jax.training import diagnostics, experiment, recovery
from gan_jax.training.state import TrainState


def test_norms_are_those_of_all_arrays_together():
  grads = {'a': jnp.array([3.0]), 'b': {'c': jnp.array([[0.0, -4.0]])}}
  params = jax.tree.map(jnp.ones_like, grads)
  optimizer = optax.sgd(0.1)
  told = diagnostics.of_update(optimizer, grads, optimizer.init(params), params)
  np.testing.assert_allclose(told['grad_norm'], 5)
  np.testing.assert_allclose(told['update_ratio'], 0.1 * 5 / 3**0.5, rtol=1e-6)


def test_the_diversity_is_how_far_fakes_are_apart_over_how_far_real_ones_are():
  real = jnp.array([[0.0, 0.0], [2.0, 2.0], [9.0, 9.0], [5.0, 5.0]])  # pairs that are 2 and 4 apart
  told = lambda fakes: diagnostics.of_fakes({'x': real}, {'x': fakes}, 'x')
  np.testing.assert_allclose(told(real)['diversity'], 1)
  np.testing.assert_allclose(told(real / 3 + 7)['diversity'], 1 / 3, rtol=1e-6)
  np.testing.assert_allclose(told(jnp.ones((3, 2)))['diversity'], 0)
  assert told(real[:1]) == {}
  assert diagnostics.of_fakes({'x': real}, {'words': real}, 'x') == {}


@pytest.mark.parametrize(('every', 'rows'), [(1, range(9)), (3, [0, 2, 5, 8]), (0, [0])])
def test_it_is_computed_at_the_steps_that_have_a_row(every, rows):
  told = jax.jit(lambda step: diagnostics.logged(every, step, lambda: {'a': jnp.float32(7)}))
  found = [float(told(step)[f'a{diagnostics.LOGGED}']) for step in range(9)]
  assert found == [7 * (step in rows) for step in range(9)]
  assert jax.jit(lambda step: diagnostics.logged(every, step, dict))(1) == {}


@pytest.mark.long
def test_a_step_tells_of_the_gradients_with_which_it_learns(tiny):
  """Of SGD they are the change of the weights over the rate."""
  rates = 'g_optimizer.learning_rate=0.5', 'd_optimizer.learning_rate=0.25'
  config = tiny('g_optimizer.name=sgd', 'd_optimizer.name=sgd', *rates)
  dataset = data.make(config)
  made = experiment.make(config, dataset.spec())
  before = made.init_state()
  after, metrics = jax.jit(made.train_step())(before, dataset)
  for side, rate in {'g': 0.5, 'd': 0.25}.items():
    old, new = (state.variables[side]['params'] for state in (before, after))
    moved = optax.tree.norm(jax.tree.map(jnp.subtract, new, old))
    told = {name: metrics[f'{side}/{name}{diagnostics.LOGGED}'] for name in ('grad_norm', 'update_ratio')}
    np.testing.assert_allclose(told['grad_norm'], moved / rate, rtol=1e-3)
    np.testing.assert_allclose(told['update_ratio'], moved / optax.tree.norm(old), rtol=1e-3)
  np.testing.assert_allclose(metrics['logit_gap'], metrics['d/real_logit'] - metrics['d/fake_logit'])
  assert 0 <= metrics['d/accuracy'] <= 1
  assert 0 < metrics[f'g/diversity{diagnostics.LOGGED}'] < 2


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_one_number_that_is_none_is_found(value):
  sound = {'a': jnp.ones((2, 3)), 'b': jnp.float32(3e38), 'count': jnp.int32(1)}
  broken = {**sound, 'a': jnp.array([[1, 1, 1], [1, value, 1]])}
  assert diagnostics.finite((sound, sound))
  assert not diagnostics.finite((broken, sound))
  assert not diagnostics.finite((sound, broken))


@pytest.mark.parametrize(
  ('large', 'networks', 'optimizers'),
  [(True, [True, True, False, False], [False]), (False, [False], [False])],
)
def test_a_program_looks_at_networks_after_each_large_step_and_at_all_after_the_last(
  large, networks, optimizers
):
  def step(state, dataset):
    after = state.variables + jnp.where(state.variables == 2, jnp.inf, 1.0)
    return state.replace(variables=after, opt_state=after), {}

  numbers = map(jnp.int32, range(3))
  begun = TrainState(*numbers, variables=jnp.float32(0), opt_state=jnp.float32(1), ema={})
  program = compilation.make(step, 4, None, None, *diagnostics.watching(large))
  found = {name: told.tolist() for name, told in program(begun, None)[1].items()}
  assert found == {'finite_networks': networks, 'finite_optimizers': optimizers}


@pytest.mark.parametrize(
  ('losses', 'sound', 'text'),
  [
    ([1, 1, 1], [True, False, False], 'a weight or an optimizer is not finite at step 12'),
    ([1, 1, 1], [False], 'a weight or an optimizer is not finite at step 13'),
    ([1, np.nan, 1], [True, False, False], 'd/loss is nan at step 12'),
    ([1, 1, np.inf], [True, False, False], 'a weight or an optimizer is not finite at step 12'),
  ],
)
def test_the_first_step_that_fails_is_named(losses, sound, text):
  config = ConfigDict({'train': {'max_rollbacks': 5}})
  made = mock.Mock(spec=experiment.Experiment, copies=1, config=config)
  state = TrainState(*[jnp.int32(0)] * 3, variables={}, opt_state={}, ema={})
  guard = recovery.Guard(made, state)
  metrics = {'d/loss': np.array(losses, np.float32)}
  metrics |= {'finite_networks': np.array(sound), 'finite_optimizers': np.array([True])}
  _, seen = guard.seen(state, metrics, 10)
  with pytest.raises(recovery.Diverged, match=text):
    guard.check(seen)
