"""benchmarks.ablation: cells over seeds as populations, scored with and without averages, with intervals."""

import json
import math

import pytest

from benchmarks import ablation, games
from gan_jax import configs

TINY = {
  **{'generator.widths': (8,), 'discriminator.widths': (8,), 'discriminator.frequencies': 0},
  **{'evaluate.num_images': 100, 'train.batch_size': 8},
}


@pytest.mark.long
def test_cells_are_populations_scored_with_and_without_the_average(tmp_path, monkeypatch, capsys):
  get = configs.get
  monkeypatch.setattr(
    games.configs, 'get', lambda name, fields, *_: get('toy_grid:test', {**fields, **TINY, **count(fields)})
  )
  grid = ablation.SETS['grid']
  two = {name: grid.penalties[name] for name in ('none', 'r1')}
  monkeypatch.setattr(ablation, 'LOSSES', ('relativistic',))
  monkeypatch.setitem(ablation.SETS, 'grid', grid._replace(penalties=two))
  words = ['--sets=grid', '--seeds=2', '--steps=2', f'--workdir={tmp_path}', f'--out={tmp_path / "a.json"}']
  assert ablation.main(words) == 0
  result = json.loads((tmp_path / 'a.json').read_text())['grid']
  assert [(cell['penalty'], cell['average']) for cell in result['cells']] == [
    *[('none', 'averaged'), ('none', 'raw'), ('r1', 'averaged'), ('r1', 'raw')]
  ]
  averaged, raw = result['cells'][:2]
  assert len(averaged['each']) == len(raw['each']) == 2
  assert averaged['each'] != raw['each']
  assert averaged['interval_95'] > 0
  assert 'geometric mean' in capsys.readouterr().out


def count(fields):
  """No scores where none are asked for."""
  return {'evaluate.num_images': 0} if fields.get('evaluate.num_images') == 0 else {}


def test_effects_are_paired_by_seed_over_cells_in_which_all_values_have_learned():
  cell = lambda loss, penalty, each: {
    'loss': loss,
    'penalty': penalty,
    'augmentation': 'none',
    'average': 'raw',
    'each': each,
  }
  cells = [
    cell('hinge', 'none', [1.0, 4.0, 100.0]),
    cell('hinge', 'r1', [4.0, 4.0, 9.0]),
    cell('relativistic', 'none', [2.0, 8.0, math.nan]),  # which is not to make the others look better
    cell('relativistic', 'r1', [8.0, 8.0, 18.0]),
  ]
  found = {row['value']: row for row in ablation.effects(cells) if row['factor'] in ('loss', 'penalty')}
  assert found['hinge']['mean'] == pytest.approx((2 + 4 + 9) / 3)  # without the 100
  assert found['relativistic']['ratio']['mean'] == pytest.approx(2)
  assert (found['hinge']['failed'], found['relativistic']['failed']) == (0, 1)
  assert found['r1']['ratio']['mean'] == pytest.approx((4 + 1 + 0.09) / 3)


@pytest.mark.parametrize('name', ablation.SETS)
def test_every_cell_has_a_config(name):
  chosen = ablation.SETS[name]
  for penalty, loss in zip(chosen.penalties, ablation.LOSSES, strict=True):
    weights = {f'penalty.{key}': weight for key, weight in chosen.penalties[penalty].items()}
    for augmentation in chosen.augmentations:
      fields = {**chosen.fields, **weights, 'loss': loss, 'augment.name': augmentation}
      config = configs.get(chosen.config, fields, notice=lambda _: None)
      assert config.train.ema_decay > 0
