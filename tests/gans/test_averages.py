"""Averages of G: how fast they follow it, which paths they keep of its past, and what can be made of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gan_jax
from gan_jax import configs, data, errors
from gan_jax.gans import averages, contract
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run
from gan_jax.training import posthoc, setup


def options(**fields):
  """config.train of batches of 10 images."""
  fields = {f'train.{name}': value for name, value in {'batch_size': 10, **fields}.items()}
  return configs.get('dcgan_digits', fields, notice=lambda _: None).train


def followed(train, path):
  """What is kept after the steps in which G's one param has the values of a path."""
  state = averages.first(train, {'params': jnp.float32(path[0])})
  one = jax.jit(lambda state, value, step: averages.follow(train, state, {'params': value}, step))
  for step, value in enumerate(path):
    state = one(state, jnp.float32(value), step)
  return state


def test_by_decay_it_follows_and_forgets_its_start():
  train = options(ema_decay=0.9)
  np.testing.assert_allclose(averages.share(train, 0), 0.9, rtol=1e-6)  # 1 - (1 + 0) / (10 + 0)
  np.testing.assert_allclose(averages.share(train, 10**6), 0.1, rtol=1e-6)
  np.testing.assert_allclose(followed(train, [0.0] + [1.0] * 60)['params'], 1, atol=1e-2)


def test_half_of_it_is_forgotten_in_the_half_life():
  """Of 200 images, 20 steps of 10, from 1 to 0; two updates of D see twice as many in a step."""
  for d_steps, steps in ((1, 20), (2, 10)):
    train = options(ema_half_life=200.0, ema_rampup=0.0, d_steps=d_steps)
    value = 1.0
    for step in range(steps):
      value *= 1 - averages.share(train, step)
    np.testing.assert_allclose(value, 0.5, rtol=1e-5)


def test_long_half_lives_are_exact_in_float32():
  train = options(ema_half_life=5e8, ema_rampup=0.0)
  np.testing.assert_allclose(averages.share(train, 0), -np.expm1(-np.log(2) * 10 / 5e8), rtol=1e-5)


def test_its_half_life_grows_with_the_images():
  train = options(ema_half_life=1000.0, ema_rampup=0.1)
  assert averages.share(train, 0) == 1  # the first is what G is then
  for step, half_life in ((1, 1), (50, 50), (1000, 1000), (5000, 1000)):
    np.testing.assert_allclose(averages.share(train, step), 1 - 0.5 ** (10 / half_life), rtol=1e-5)


def test_a_half_life_that_rises_from_zero_begins_with_no_average():
  train = options(ema_rampup=0.0).copy_and_resolve_references()

  def share(half_life):
    with train.ignore_type():
      train.ema_half_life = half_life
    return averages.share(train, 5)

  np.testing.assert_allclose(jax.vmap(share)(jnp.array([0.0, 10.0])), [1, 0.5], rtol=1e-6)


def test_whole_numbers_and_flags_are_not_averaged():
  """A count of steps, say, that a normalisation keeps: its newest value is taken."""
  kinds = {'count': jnp.int32, 'flag': jnp.bool_, 'w': jnp.float32}
  old = {name: jnp.zeros(3, dtype) for name, dtype in kinds.items()}
  new = {name: jnp.ones(3, dtype) for name, dtype in kinds.items()}
  found = averages.mixed(old, new, jnp.float32(0.1))
  assert {name: array.dtype for name, array in found.items()} == kinds
  assert (found['count'] == 1).all()
  assert found['flag'].all()
  np.testing.assert_allclose(found['w'], 0.1, rtol=1e-6)


def test_exponents_have_their_width():
  """Of weights t^gamma on [0, 1]: variance (gamma + 1) / ((gamma + 2)^2 (gamma + 3))."""
  for std in (0.01, 0.05, 0.1, 0.28):
    gamma = averages.exponent(std)
    np.testing.assert_allclose((gamma + 1) / ((gamma + 2) ** 2 * (gamma + 3)), std**2, rtol=1e-6)


def test_power_functions_weight_steps_by_their_number():
  """Of a path that is 1 in one step and else 0, the average is the weight of this step."""
  steps = 60
  train = options(ema_stds=(0.1, 0.2))
  weights = np.array([followed_weight(train, at, steps) for at in (5, 20, 40, 59)])
  for k, std in enumerate((0.1, 0.2)):
    gamma = averages.exponent(std)
    wanted = (
      np.array([6, 21, 41, 60]) ** (gamma + 1) - np.array([5, 20, 40, 59]) ** (gamma + 1)
    ) / steps ** (gamma + 1)
    np.testing.assert_allclose(weights[:, k], wanted, rtol=1e-3)


def followed_weight(train, at, steps):
  """(weight of step `at` in each of two averages)."""
  found = followed(train, [float(step == at) for step in range(steps)])
  return [float(found[name]['params']) for name in averages.named(found)]


def test_inner_products_are_integrals():
  steps, stds = [300, 700, 1000], [0.05, 0.1, 0.2]
  time = (np.arange(200_000) + 0.5) / 200
  gammas = [averages.exponent(std) for std in stds]
  profiles = [
    np.where(time <= end, (gamma + 1) / end * (np.minimum(time, end) / end) ** gamma, 0)
    for end, gamma in zip(steps, gammas, strict=True)
  ]
  wanted = [[(one * other).sum() / 200 for other in profiles] for one in profiles]
  np.testing.assert_allclose(averages.inner_products(steps, stds), wanted, rtol=1e-3)


@pytest.mark.parametrize('std', [0.03, 0.07, 0.15, 0.2])
def test_another_width_is_made_of_those_that_were_kept(std):
  """Beside the average of that width, had it been kept: of a path that drifts, waves and is noisy."""
  steps, noise = 2000, np.random.default_rng(0)
  time = np.arange(steps) / steps
  path = np.sin(7 * time)[:, None] + time[:, None] * [1, -2, 0] + 0.3 * noise.normal(size=(steps, 3))
  found = {width: [] for width in (0.05, 0.1, std)}
  for width, averaged in found.items():
    value = path[0]
    for step, now in enumerate(path, 1):
      value = value + (1 - (1 - 1 / step) ** (averages.exponent(width) + 1)) * (now - value)
      averaged.append(value)
  every = range(steps // 16, steps + 1, steps // 16)
  kept = [(step, width) for step in every for width in (0.05, 0.1)]
  weights, distance = averages.coefficients(*zip(*kept, strict=True), steps, std)
  made = sum(weight * found[width][step - 1] for weight, (step, width) in zip(weights, kept, strict=True))
  assert distance < 0.05
  np.testing.assert_allclose(weights.sum(), 1)
  np.testing.assert_allclose(made, found[std][-1], atol=0.01)


def test_what_was_kept_is_made_of_itself_alone():
  weights, distance = averages.coefficients([50, 50, 100, 100], [0.05, 0.1] * 2, 100, 0.1)
  np.testing.assert_allclose(weights, [0, 0, 0, 1], atol=1e-9)
  assert distance < 1e-6


@pytest.fixture
def several(tiny, tmp_path):
  """(a Run that keeps two averages, {step: their state}) of two checkpoints, in which they differ."""
  config = tiny('train.ema_stds=0.05,0.1')
  made = setup.make(config, data.make(config).spec())
  run, state, states = Run(tmp_path / 'run'), made.init_state(), {}
  run.open(config, made.spec, notice=lambda _: None)
  with Checkpoints(run.checkpoints) as saved:
    for step in (2, 4):
      moved = {
        name: jax.tree.map(lambda array, by=step * float(name) / 50: array + by, ema)
        for name, ema in state.ema.items()
      }
      states[step] = state.replace(step=jnp.int32(step), ema=moved)
      saved.save(states[step])
  return run, states


@pytest.mark.long
def test_a_run_keeps_several_and_is_sampled_with_any(several):
  run, states = several
  last = states[4].ema
  assert averages.named(last) == ('0.05', '0.1')
  for asked, wanted in (('', last['0.05']), ('0.1', last['0.1']), ('0.10', last['0.1'])):
    found = contract.averaged(setup.load(run.folder, ema=asked)[1])['g']
    jax.tree.map(np.testing.assert_array_equal, found, wanted)
  images = [gan_jax.load(run.folder, ema=asked)(count=2) for asked in ('', '0.05', '0.1')]
  np.testing.assert_array_equal(images[0], images[1])
  assert not np.array_equal(images[1], images[2])


def test_another_width_is_the_sum_of_all_checkpoints(several):
  run, states = several
  said = []
  _, other = setup.load(run.folder, ema='0.2', notice=said.append)
  weights, _ = averages.coefficients([2, 2, 4, 4], [0.05, 0.1] * 2, 4, 0.2)
  parts = [states[step].ema[name] for step in (2, 4) for name in ('0.05', '0.1')]
  wanted = jax.tree.map(lambda *some: sum(w * one for w, one in zip(weights, some, strict=True)), *parts)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), other.ema, wanted)
  assert 'away from what 4 kept ones give: more checkpoints' in said[0]


@pytest.mark.parametrize('asked', ['half', '0', '0.5', 'nan'])
def test_what_is_no_width_lists_what_is_kept(asked):
  with pytest.raises(
    errors.UserError, match=rf'--ema={asked}: the width .* at most 0.28 \(kept: 0.05, 0.1\)'
  ):
    posthoc.number(asked, ('0.05', '0.1'))


def test_a_run_without_them_says_how_to_have_them(trained):
  with pytest.raises(errors.UserError, match=r'no averages by name, as train\.ema_stds=0\.05,0\.1 does'):
    gan_jax.load(trained, ema='0.1')
