"""benchmarks.conditional: games that are asked for something are trained, scored and held to targets."""

import functools
import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from benchmarks import conditional, conditional_pictures, conditional_scores, games
from gan_jax import configs
from gan_jax.evaluation.measures import teaching
from gan_jax.evaluation.networks import classifier

TINY = {
  **{'data.size': (16, 16), 'generator.name': 'mlp', 'generator.widths': (8,), 'discriminator.name': 'mlp'},
  **{'evaluate.num_images': 20, 'evaluate.every': 1, 'evaluate.cache': '', 'train.steps_per_dispatch': 1},
}


@pytest.mark.parametrize('name', conditional.GAMES)
def test_every_game_has_a_config_and_measures_what_its_targets_are_of(name):
  row = conditional.GAMES[name]
  config = configs.get(row.config or f'{name}:cpu', {}, notice=lambda _: None)
  assert config.gan.name in ('conditional', 'gawwn')
  assert config.evaluate.num_images
  if row.score is conditional_scores.curve:
    assert config.evaluate.every < config.train.num_steps
    assert {'fid', 'class_accuracy'} <= set(config.evaluate.measures)


@pytest.mark.long
def test_a_game_is_trained_and_its_samples_taught_to_a_classifier(tmp_path, monkeypatch, capsys):
  get = configs.get
  monkeypatch.setattr(games.configs, 'get', lambda name, fields: get('cgan_mnist:test', TINY | fields))
  monkeypatch.setattr(conditional_scores, 'SAMPLES', 40)
  monkeypatch.setattr(teaching.classifier, 'of', functools.partial(classifier.of, steps=20))
  words = ['--games=cgan_mnist', '--steps=2', f'--workdir={tmp_path}', f'--out={tmp_path / "scores.json"}']
  assert conditional.main(words) == 0
  (row,) = json.loads((tmp_path / 'scores.json').read_text())['rows']
  reached = {target['what']: target['reached'] for target in row['targets']}
  assert reached['samples read as asked'] == row['scores']['class_accuracy'] < 0.9
  assert row['scores']['few_accuracy'] > row['scores']['accuracy_score']
  gained = row['scores']['augmented_accuracy'] - row['scores']['few_accuracy']
  assert reached['what samples add to 100 a class'] == gained
  assert 'NO' in capsys.readouterr().out
  assert [then['step'] for then in row['over_time']] == [1, 2]
  assert (tmp_path / 'scores.png').exists()


def test_scores_are_told_by_the_minute():
  config = configs.get('dcgan_digits', {'train.batch_size': 30, 'train.d_steps': 2})
  run = SimpleNamespace(
    rows=lambda: [{'step': 10, 'examples_per_second': 5}, {'step': 20, 'examples_per_second': 10}],
    scores=lambda: [{'step': 10, 'fid': 3.0}, {'step': 15, 'fid': 2.0}, {'step': 20, 'fid': 1.0}],
  )
  # ten steps, in each of which D sees 60 images, took 2 minutes, the next ten 1
  assert games.over_time(config, run) == [
    {'step': 10, 'fid': 3.0, 'minutes': 2.0},
    {'step': 15, 'fid': 2.0, 'minutes': 2.5},
    {'step': 20, 'fid': 1.0, 'minutes': 3.0},
  ]
  run.scores = lambda: []
  assert games.over_time(config, run) == []


def test_only_games_that_are_scored_by_class_are_drawn(tmp_path):
  scores = {'fid_floor': 0.1, 'class_accuracy_real': 0.9}
  then = [{'minutes': minute, 'fid': 3.0 - minute, 'class_accuracy': minute / 3} for minute in (1, 2)]
  others = [{'minutes': minute, 'box_iou': 0.1} for minute in (1, 2)]
  words, classes = {'game': 'words', 'scores': {}, 'over_time': others}, {'game': 'classes', 'scores': scores}
  conditional_pictures.draw(tmp_path / 'none.png', [words, {**classes, 'over_time': then[:1]}])
  assert not (tmp_path / 'none.png').exists()
  conditional_pictures.draw(tmp_path / 'some.png', [words, {**classes, 'over_time': then}])
  assert np.asarray(Image.open(tmp_path / 'some.png')).min() < 128


def test_what_a_game_needs_is_trained_before_it(tmp_path, monkeypatch):
  asked = []

  def trained(run, name, flags, fields):
    asked.append((run.folder.name, name, fields))
    return configs.get('cgan_mnist:test', {}), 2.0

  monkeypatch.setattr(games, 'trained', trained)
  monkeypatch.setattr(games.evaluate, 'read', lambda folder: [{}])
  row = games.Row(60, games.nothing, (), before=(('gan.encoder', 'caption_encoder:cpu'),))
  found = games.measure('gawwn_avatars', row, tmp_path, None)
  assert found['minutes'] == 4
  assert asked == [
    ('caption_encoder', 'caption_encoder:cpu', {}),
    ('gawwn_avatars', 'gawwn_avatars:cpu', {'gan.encoder': str(tmp_path / 'caption_encoder')}),
  ]


def test_a_curve_is_of_the_scores_while_it_learned():
  class Run:
    def scores(self):
      return [{'step': k, 'fid': fid, 'class_accuracy': right} for k, (fid, right) in enumerate(CURVE)]

  found = conditional_scores.curve(Run())
  assert found == {'fid_first': 90, 'fid_best': 30, 'accuracy_first': 0.1, 'accuracy_best': 0.6}


CURVE = (90, 0.1), (30, 0.5), (40, 0.6)
