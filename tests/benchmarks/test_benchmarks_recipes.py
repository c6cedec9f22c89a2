"""benchmarks.recipes: sides are trained over seeds, held to aims, and drawn; data are divided for good."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from pictures import paint

from benchmarks import games, recipe_data, recipes
from gan_jax import configs, errors
from gan_jax.data import avatars
from gan_jax.evaluation.networks import reading

TINY = {
  **{'data.size': (16, 16), 'generator.name': 'mlp', 'generator.widths': (8,), 'discriminator.name': 'mlp'},
  **{'evaluate.num_images': 24, 'evaluate.cache': '', 'evaluate.every': 0, 'sample.every': 0},
  **{'evaluate.network': 'random', 'evaluate.measures': ('fid',)},
}


@pytest.mark.parametrize('name', recipes.ROWS)
def test_every_row_has_configs_and_targets_of_their_scores(name):
  row = recipes.ROWS[name]
  for side in row.sides.values():
    config = configs.get(side.config, dict(side.fields), notice=lambda _: None)
    assert config.evaluate.num_images >= 2_000
  if len(row.sides) > 1:  # one judge for all
    assert len({repr(judged(side)) for side in row.sides.values()}) == 1
  seed = {f'{score} each': [2.0] for score in ('recipe fid', 'dcgan fid', 'plain fid')}
  scores = {**seed, 'recipe coverage': 0.9, 'recipe closer': 0.5, 'recipe share_farthest': 0.01}
  assert all(np.isfinite(target['reached']) for target in games.held(row.targets, scores))


def judged(side):
  """By what a side is scored, and on how many steps' data of what size."""
  config = configs.get(side.config, dict(side.fields), notice=lambda _: None)
  judge = {name: config.evaluate[name] for name in ('network', 'reference', 'measures', 'num_images')}
  return judge, config.data.size, config.data.channels


def test_the_worst_seed_decides():
  reached = recipes.ratio('fid', 'recipe', 'dcgan')
  assert reached({'recipe fid each': [1, 4], 'dcgan fid each': [10, 8]}) == 0.5


def test_published_files_are_read_by_the_configs_that_have_them():
  read = lambda name, **flags: games.published(
    configs.get(name, {}).data, SimpleNamespace(**{'cifar10': None, 'manual_dir': None} | flags)
  )
  images = {'data.name': 'folder', 'data.path': 'images'}
  for name in ('dcgan_cifar10', 'r3gan_cifar10:cpu', 'acgan_cifar10:cpu', 'projection_cifar10:cpu'):
    assert read(name, cifar10='images', manual_dir='files') == images
    assert read(name, manual_dir='files') == {'data.manual_dir': 'files'}
  assert read('dcgan_mnist', cifar10='images', manual_dir='files') == {'data.manual_dir': 'files'}
  assert read('dcgan_avatar', cifar10='images', manual_dir='files') == read('dcgan_mnist') == {}


@pytest.mark.long
def test_sides_are_trained_scored_and_drawn(tmp_path, monkeypatch, capsys):
  get = configs.get
  monkeypatch.setattr(
    games.configs, 'get', lambda name, fields, *_: get('dcgan_digits:test', TINY | alone(fields))
  )
  words = ['--rows=mnist', '--seeds=1', '--steps=2', f'--workdir={tmp_path}', f'--out={tmp_path / "r.json"}']
  assert recipes.main(words) == 0
  (row,) = json.loads((tmp_path / 'r.json').read_text())['rows']
  assert row['each']['recipe fid each'] == [row['scores']['recipe fid']]
  (target,) = row['targets']
  # the same config on both sides has the same score on either
  assert target['reached'] == 1
  assert (tmp_path / 'r_mnist.png').exists()
  assert 'NO' in capsys.readouterr().out


def test_scores_of_a_side_are_means_over_seeds_and_those_of_each():
  found = recipes.summary('recipe', [{'fid': 1.0}, {'fid': 4.0}])
  assert found == {'recipe fid': 2.5, 'recipe fid each': [1.0, 4.0]}


def alone(fields):
  """The fields that both sides of a row share."""
  return {name: value for name, value in fields.items() if name in ('seed', 'train.num_steps')}


def test_rows_of_faces_are_left_out_without_them(tmp_path, capsys):
  assert recipes.main(['--rows=faces,few', f'--out={tmp_path / "r.json"}']) == 0
  assert capsys.readouterr().out.count('left out') == 2
  with pytest.raises(errors.UserError, match="did you mean 'mnist'"):
    recipes.main(['--rows=mnits'])


def test_a_set_is_divided_once_and_evenly(tmp_path):
  names = [f'{k}.png' for k in range(10)]
  paint(tmp_path / 'all', *names)
  for _ in range(2):
    target = recipe_data.divided(tmp_path / 'all', tmp_path / 'few', 4)
    train, test = ({file.name for file in (target / part).iterdir()} for part in ('train', 'test'))
    assert train == {'0.png', '3.png', '6.png', '9.png'}
    assert train | test == set(names)
    assert not train & test


@pytest.mark.long
def test_shares_are_those_of_the_samples_less_those_of_real_faces(begun, monkeypatch):
  monkeypatch.setattr(reading, 'STEPS', 20)
  monkeypatch.setattr(recipe_data, 'SAMPLES', 20)
  run = begun('dcgan_avatar', ('evaluate.cache', ''))
  found = recipe_data.shares(run)
  farthest = found.pop('share_farthest')
  assert farthest == max(map(abs, found.values()))
  assert len(found) == len(avatars.ATTRIBUTES)
