"""Every penalty by its name in small games, lazily, in parts, in copies; without a weight it is free."""

import dataclasses

import jax
import numpy as np
import pytest

from gan_jax import configs, data, errors
from gan_jax.configs import lookup
from gan_jax.gans import latent
from gan_jax.gans.parts.penalized_generator import GROUP
from gan_jax.training import experiment, population

# of any D; reconstruction is of one that rebuilds images, see test_packs.py
NAMES = tuple(name for name in lookup.names('gans.penalties') if name != 'reconstruction')
OF_G = ('orthogonal_generator', 'path_length', 'zcr_generator')
GAMES = {'latent': {'gan.name': 'latent', 'condition.name': 'none'}, 'conditional': {}}
SMALL = {
  'data.name': 'digits', 'data.size': '(8, 8)', 'generator.name': 'mlp', 'generator.widths': '(8,)',
  'discriminator.name': 'mlp', 'discriminator.widths': '(8,)', 'discriminator.activation': 'tanh',
  'train.batch_size': '8', 'latents.dim': '4', 'penalty.lecam_start': '1',
}  # fmt: skip
SOME = ('r1', 'lecam', 'zcr', 'path_length', 'zcr_generator')  # that have state, or that play


def make(*fields, game='latent'):
  """(experiment, dataset) of a small game; `fields` as 'field=value'."""
  words = [*{**GAMES[game], **SMALL}.items(), *(tuple(text.split('=', 1)) for text in fields)]
  config = configs.load('cgan_mnist:test', words, notice=lambda _: None)
  dataset = data.make(config)
  made = population.make if config.population.seeds > 1 or config.population.over else experiment.make
  return made(config, dataset.spec(game == 'conditional')), dataset


def run(made, dataset, steps=2):
  one, state = jax.jit(made.train_step()), made.init_state()
  for _ in range(steps):
    state, metrics = one(state, dataset)
  return state, metrics


def metric(name):
  return f'{"g" if name in OF_G else "d"}/{name}'


@pytest.mark.long
@pytest.mark.parametrize('name', NAMES)
def test_it_trains(name):
  state, metrics = run(*make(f'penalty.{name}=0.1'))
  assert metric(name) in metrics
  assert all(np.isfinite(value) for value in metrics.values())
  assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state))


@pytest.mark.long
@pytest.mark.parametrize(
  ('game', 'names', 'words'),
  [
    ('latent', SOME, ('penalty.every=2', 'train.accumulate=2', 'train.d_steps=2')),
    ('latent', SOME, ('penalty.every=3', 'penalty.r1_every=2', 'penalty.path_length_every=1')),
    ('conditional', NAMES, ('train.remat=True', 'train.dtype=bfloat16')),
  ],
)
def test_they_combine(game, names, words):
  """Lazily and in parts; all of them in bfloat16 with what is computed again."""
  state, metrics = run(*make(*(f'penalty.{name}=0.1' for name in names), *words, game=game), steps=3)
  assert {name.partition('@')[0] for name in metrics} >= {metric(name) for name in names}
  assert all(np.isfinite(value) for value in metrics.values())
  assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state))
  assert set(state.variables[GROUP]) == {'path_length'}
  assert set(state.variables['d_state']) == {'lecam'}


@pytest.mark.long
def test_copies_with_weights_of_their_own_learn_as_alone():
  words = ('penalty.path_length=0.5', 'penalty.lecam=0.5', 'penalty.zcr_generator=0.1')
  made, dataset = make(*words, 'population.over=penalty.path_length=0.5,2;penalty.lecam=0.1')
  together, metrics = run(made, dataset)
  for copy in range(made.copies):
    _, state = made.member(together, copy)
    own = (f'{field}={values[copy]}' for field, values in made.fields.items())
    expected, alone = run(*make(*words, *own))
    np.testing.assert_allclose(metrics['g/loss'][copy], alone['g/loss'], rtol=1e-4)
    for group in (GROUP, 'd_state'):
      close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)
      jax.tree.map(close, state.variables[group], expected.variables[group])


def test_a_weight_of_0_leaves_the_step_as_it_is():
  """The step of the game itself, without what adds penalties to it; and another option changes nothing."""
  made, dataset = make(*(f'penalty.{name}=0' for name in NAMES), 'penalty.path_length_shrink=4')
  bare = dataclasses.replace(made, gan=latent.make(made.config, made.spec))
  lower = lambda made: jax.jit(made.train_step()).lower(jax.eval_shape(made.init, 0), dataset).as_text()
  assert lower(made) == lower(bare)
  assert set(jax.eval_shape(made.init, 0).variables) == {'g', 'd'}


@pytest.mark.parametrize('name', ['path_length', 'zcr', 'zcr_generator'])
def test_a_game_that_draws_no_latents_is_told(name):
  config = configs.get('pix2pix:test', {f'penalty.{name}': 1.0}, notice=lambda _: None)
  dataset = data.make(config)
  made = experiment.make(config, dataset.spec())
  with pytest.raises(errors.UserError, match='are for games that draw them'):
    jax.eval_shape(made.train_step(), jax.eval_shape(made.init, 0), dataset)
