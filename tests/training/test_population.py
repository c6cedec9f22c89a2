"""Populations: each copy learns what a run of its own does, and what is told of them is true."""

import jax
import numpy as np
import pytest
from conftest import ROOT

from gan_jax import configs, data, errors
from gan_jax.devices import memory
from gan_jax.runs import folder as runs
from gan_jax.training import loop, setup

SMALL = [
  ('generator.widths', '(16,16)'),
  ('discriminator.widths', '(16,16)'),
  ('train.batch_size', '64'),
  ('evaluate.num_images', '200'),
  ('evaluate.rejection', 'False'),
]


def load(*fields):
  return configs.load(ROOT / 'configs/toy_ring.py:test', [*SMALL, *fields], notice=lambda _: None)


def losses(options, steps=20):
  """{name: [steps, ...]} of a run, and its last state."""
  dataset = data.make(options)
  made = setup.make(options, dataset.spec())
  one_step = made.train_step()
  run = jax.jit(lambda state: jax.lax.scan(lambda s, _: one_step(s, dataset), state, length=steps))
  state, metrics = run(made.init_state())
  return jax.device_get(metrics), made, state


@pytest.mark.long
def test_each_copy_is_the_run_of_its_seed():
  together, made, state = losses(load(('population.seeds', '3'), ('seed', '5')))
  for k in range(3):
    alone, _, its_state = losses(load(('seed', str(5 + k))))
    for name, values in alone.items():
      np.testing.assert_allclose(together[name][:, k], values, rtol=1e-5, atol=1e-5)
    _, one = made.member(state, k)
    assert made.names[k] == f'seed {5 + k}'
    assert int(one.step) == int(its_state.step) == 20
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), one.variables, its_state.variables)


@pytest.mark.long
def test_copies_differ_in_fields():
  over = 'g_optimizer.learning_rate=1e-3,3e-3;penalty.r1=0.5'
  together, made, _ = losses(load(('population.over', over), ('population.seeds', '2')))
  assert made.fields == {'g_optimizer.learning_rate': (1e-3, 1e-3, 3e-3, 3e-3), 'penalty.r1': (0.5,) * 4}
  assert made.seeds == (0, 1, 0, 1)
  fields = ('g_optimizer.learning_rate', '3e-3'), ('penalty.r1', '0.5'), ('seed', '1')
  alone, _, _ = losses(load(*fields))
  np.testing.assert_allclose(together['g/loss'][:, 3], alone['g/loss'], rtol=1e-5, atol=1e-5)
  assert not np.allclose(together['g/loss'][-1, 1], together['g/loss'][-1, 3], atol=1e-5)


@pytest.mark.long
def test_a_value_that_is_a_rule_is_one_in_a_copy_too():
  over = 'train.ema_half_life=0;train.ema_decay=0.9,0.99'
  _, made, state = losses(load(('population.over', over)), 5)
  assert made.fields == {'train.ema_half_life': (0.0, 0.0), 'train.ema_decay': (0.9, 0.99)}
  _, _, alone = losses(load(('train.ema_decay', '0.99')), 5)
  _, copy = made.member(state, 1)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), copy.ema, alone.ema)


def test_seeds_that_would_be_too_large_are_refused():
  config = load(('population.seeds', '2'), ('seed', str(2**31 - 1)))
  with pytest.raises(errors.UserError, match=r'seed=2147483647: that of 2 copies .* is below 2\^31 - 2'):
    setup.make(config, data.make(config).spec())


@pytest.mark.long
def test_beta_1_may_differ_too():
  together, _, _ = losses(load(('population.over', 'd_optimizer.b1=0,0.9')))
  alone, _, _ = losses(load(('d_optimizer.b1', '0.9')))
  np.testing.assert_allclose(together['d/loss'][:, 1], alone['d/loss'], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
  ('over', 'message'),
  [
    ('g_optimizer.learning_rat=1e-3', "did you mean 'g_optimizer.learning_rate'"),
    ('g_optimizer.learning_rate=fast', 'not float'),
    ('train.batch_size=8,16', 'real numbers that a step reads may vary, not train.batch_size'),
    ('label_smoothing=0.1,0.2', 'label_smoothing'),
    ('penalty.r1=0.1,1e-1', 'r1 0.1 is there twice; population.seeds gives more'),
    ('train.ema_half_life=0,1000', 'train.ema_half_life=0 is a rule of its own'),
    ('train.ema_rampup=0.05,0', 'train.ema_rampup=0 is a rule of its own'),
  ],
)
def test_what_copies_cannot_differ_in(over, message, tmp_path):
  with pytest.raises(errors.UserError, match=message):
    loop.train(load(('population.over', over)), runs.Run(tmp_path), notice=lambda _: None)


@pytest.mark.long
def test_a_population_that_does_not_fit_says_how_many_would(tmp_path, monkeypatch):
  monkeypatch.setattr(memory, 'free', lambda: 3 << 20)
  with pytest.raises(errors.UserError, match=r'training needs .* GiB are free: about \d+ copies would fit'):
    loop.train(load(('population.seeds', '200')), runs.Run(tmp_path), notice=lambda _: None)


@pytest.mark.long
def test_zipped_values_go_together_and_each_copy_has_rows_of_its_own(tmp_path):
  zipped = 'g_optimizer.learning_rate=1e-3,3e-3;penalty.r1=0.5,1', 'population.zip'
  options = load(('population.over', zipped[0]), (zipped[1], 'True'), ('log.copies', 'True'))
  made = setup.make(options, data.make(options).spec())
  assert made.fields == {'g_optimizer.learning_rate': (1e-3, 3e-3), 'penalty.r1': (0.5, 1.0)}
  run = runs.Run(tmp_path)
  loop.train(options, run, notice=lambda _: None)
  for mean, each in zip(run.rows(), run.copies(), strict=True):
    assert mean['step'] == each['step']
    assert len(set(each['g/loss'])) == 2
    assert abs(mean['g/loss'] - np.mean(each['g/loss'])) < 1e-5
  with pytest.raises(errors.UserError, match=r'pairs values, and .*learning_rate has 1, penalty.r1 has 2'):
    setup.make(
      load(('population.over', 'g_optimizer.learning_rate=1;penalty.r1=1,2'), (zipped[1], 'True')), made.spec
    )
