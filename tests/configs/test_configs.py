"""Experiments train for a few steps, from their test configs, with no download; all have a step."""

import jax
import pytest
from conftest import ROOT

from gan_jax import configs, data, gans
from gan_jax.runs import folder as runs
from gan_jax.training import loop, setup

CONFIGS = sorted(path.stem for path in (ROOT / 'configs').glob('*.py') if path.stem != 'common')
ELSEWHERE = (  # what others here, or tests/views/test_points.py, train with other fields
  *('dcgan_celeba_like', 'dcgan_mnist', 'facades', 'projection_cifar10'),
  *('stacked_mnist_dcgan', 'stacked_mnist_pacgan'),
  *('dragan_mnist', 'lsgan_mnist', 'r3gan_mnist', 'wgan_gp_mnist', 'sngan_avatars', 'sngan_cifar10'),
  *('r3gan_avatars', 'wgan_gp_cifar10'),
  *(
    'toy_1d',
    'toy_1d_vanilla',
    'toy_grid',
    'toy_grid_vanilla',
    'toy_quadratic_vanilla',
    'toy_ring',
    'toy_ring_vanilla',
  ),
)
SHORT = ('cgan_mnist', 'dcgan_digits', 'mlp_mnist', 'toy_quadratic')


def apart(name):
  """The name, marked as long where its networks take a while to compile."""
  return name if name in SHORT else pytest.param(name, marks=pytest.mark.long)


@pytest.mark.parametrize('name', list(map(apart, sorted({*CONFIGS} - {*ELSEWHERE}))))
def test_the_experiment_runs(name, tmp_path):
  options = configs.load(ROOT / f'configs/{name}.py:test')
  state, finished = loop.train(options, runs.Run(tmp_path), notice=lambda _: None)
  assert finished
  assert int(state.step) == options.train.num_steps
  assert list(tmp_path.glob('figures/*.png'))


@pytest.mark.parametrize('name', ELSEWHERE)
def test_the_others_have_a_step(name):
  options = configs.load(ROOT / f'configs/{name}.py:test')
  dataset = data.make(options)
  one = setup.make(options, dataset.spec(gans.reads_conditions(options)))
  state = jax.eval_shape(one.init, 0)
  after, metrics = jax.eval_shape(one.train_step(), state, dataset)
  assert jax.tree.structure(after) == jax.tree.structure(state)
  assert {'d/loss', 'g/loss'} <= set(metrics)
