"""benchmarks.stacked_mnist: games are trained, gone on with, scored, and told beside published figures."""

import json

import pytest

from benchmarks import games, stacked_mnist
from gan_jax import configs, errors
from gan_jax.evaluation.metrics import modes
from gan_jax.evaluation.networks import channels

TINY = {
  **{'data.size': (8, 8), 'data.num_images': 64, 'evaluate.max_reference': 50, 'evaluate.cache': ''},
  **{'evaluate.every': 0, 'evaluate.measures': ('modes',), 'generator.name': 'mlp', 'generator.widths': (8,)},
  **{'discriminator.name': 'mlp', 'sample.every': 0, 'checkpoint.every': 0},
}


@pytest.mark.parametrize('name', stacked_mnist.PUBLISHED)
@pytest.mark.parametrize('variant', ['', ':cpu'])
def test_every_row_has_configs_that_are_judged_alike(name, variant):
  config = configs.get(f'stacked_mnist_{name}{variant}', {}, notice=lambda _: None)
  assert config.evaluate.network == 'channels'
  assert config.evaluate.num_images == stacked_mnist.SAMPLES == config.evaluate.max_reference
  assert config.evaluate.every < config.train.num_steps


def test_pacgan_is_the_dcgan_but_for_its_packs():
  load = lambda name: configs.get(f'stacked_mnist_{name}:cpu', {}, notice=lambda _: None).to_dict()
  plain, packed = load('dcgan'), load('pacgan')
  assert (plain['discriminator'].pop('pack'), packed['discriminator'].pop('pack')) == (1, 2)
  assert plain == packed


@pytest.mark.long
def test_a_game_is_trained_gone_on_with_and_scored(tmp_path, monkeypatch, capsys):
  get = configs.get
  monkeypatch.setattr(
    games.configs, 'get', lambda name, fields: get('stacked_mnist_pacgan:test', TINY | fields)
  )
  monkeypatch.setattr(stacked_mnist, 'SAMPLES', 50)
  monkeypatch.setattr(channels.learning, 'length', lambda data: 20)
  words = ['--rows=pacgan', f'--workdir={tmp_path}', f'--out={tmp_path / "scores.json"}']
  for steps in (2, 4):
    assert stacked_mnist.main([*words, f'--steps={steps}']) == 0
    record = json.loads((tmp_path / 'scores.json').read_text())
    (row,) = record['rows']
    assert row['steps'] == steps
  scores = row['scores']
  assert 1 <= scores['modes_covered'] <= row['samples'] == 50
  assert scores['reverse_kl'] > scores['reverse_kl_floor'] > 0
  assert row['expected_floor'] == modes.expected_floor(1000, 50)
  assert scores['judge_accuracy'] > 0.3
  stored = json.loads((tmp_path / 'stacked_mnist_pacgan/evaluation.json').read_text())
  assert stored['protocol']['data'] == 'stacked:digits'
  printed = capsys.readouterr().out
  assert '0.060  (Lin et al. 2018' in printed
  assert record['published']['dcgan'] == stacked_mnist.PUBLISHED['dcgan']._asdict()


def test_unknown_rows_are_refused():
  with pytest.raises(errors.UserError, match="did you mean 'pacgan'"):
    stacked_mnist.main(['--rows=pacgam'])
