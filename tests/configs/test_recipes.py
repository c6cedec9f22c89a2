"""Recipes: what their docstrings compute is so, variants load, the numbers are those of the sources."""

import ast
import re

import jax
import pytest
from conftest import ROOT

from gan_jax import configs
from gan_jax.configs import files
from gan_jax.training import schedules
from gan_jax.training.own import estimate

RECIPES = (
  *('dragan_mnist', 'fastgan_avatars', 'lsgan_mnist', 'r3gan_avatars', 'r3gan_cifar10', 'r3gan_mnist'),
  *('sngan_avatars', 'sngan_cifar10', 'wgan_gp_cifar10', 'wgan_gp_mnist'),
)
UNCOUNTED = ('r3gan_avatars', 'r3gan_cifar10')  # whose trace takes a minute; their variants are counted
FIGURE, UNITS = re.compile(r'([\d.]+) (G|T)FLOP a step'), {'G': 1e9, 'T': 1e12}


def get(name):
  return configs.get(name, {}, notice=lambda _: None)


def variants(name):
  """'NAME', 'NAME:cpu' and others, but the test."""
  functions = re.findall(r'^def get_(?:(\w+)_)?config\(', (ROOT / f'configs/{name}.py').read_text(), re.M)
  return [f'{name}:{function}' if function else name for function in functions if function != 'test']


@pytest.mark.parametrize('variant', [variant for name in RECIPES for variant in variants(name)])
def test_every_variant_has_ten_pictures_checkpoints_and_scores(variant):
  config = get(variant)
  assert config.evaluate.every == config.sample.every == config.checkpoint.every
  assert config.sample.every == config.train.num_steps // 10


@pytest.mark.long
@pytest.mark.parametrize('name', RECIPES)
def test_docstrings_tell_the_operations_of_a_step(name):
  """A figure for each variant in the order of the file; the first is counted again."""
  docstring = ast.get_docstring(ast.parse((ROOT / f'configs/{name}.py').read_text()))
  told = FIGURE.findall(' '.join(docstring.split()))
  counted = [variant for variant in variants(name) if variant not in UNCOUNTED]
  assert len(told) == len(counted)
  (number, unit), variant = told[0], counted[0]
  assert float(number) * UNITS[unit] == pytest.approx(estimate.operations(get(variant)), rel=0.01)


@pytest.mark.parametrize(
  ('name', 'gamma', 'p', 'half_life'), [('cifar10', 0.005, 0.55, 5e6), ('avatars', 0.2, 0.3, 5e5)]
)
def test_r3gan_moves_five_fields_along_one_cosine(name, gamma, p, half_life):
  """Huang et al.'s presets: half of the way at half of the 20 million images, and all at their end."""
  config = get(f'r3gan_{name}')
  schedule = schedules.make(config)
  assert schedule.steps == 20_000_000 / config.train.batch_size
  half, end = (schedule.values(config, int(share * schedule.steps)) for share in (0.5, 1))
  assert float(half['penalty.r1']) == pytest.approx((config.penalty.r1 + gamma) / 2, rel=1e-4)
  wanted = {'penalty.r2': gamma, 'augment.p': p, 'train.ema_half_life': half_life, 'd_optimizer.b2': 0.99}
  for field, value in {**wanted, 'g_optimizer.learning_rate': 5e-5}.items():
    assert float(end[field]) == pytest.approx(value, rel=1e-5), field
  assert len(end) == 8  # of both players


def test_a_small_recipe_has_no_norm_in_d_and_rates_that_fall():
  for variant in ('r3gan_cifar10:cpu', 'r3gan_avatars:cpu', 'r3gan_avatars:faces'):
    config = get(variant)
    assert not any(config.discriminator.norm)
    assert config.g_optimizer.schedule == config.d_optimizer.schedule == 'linear'
    assert jax.tree.all(jax.tree.map(lambda one: one == 2, config.generator.strides))


def test_recipes_are_listed():
  assert set(RECIPES) <= {file.stem for file in files.experiments()}
