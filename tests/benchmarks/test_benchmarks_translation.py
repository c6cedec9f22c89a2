"""benchmarks.translation: what is trained and scored, and what a judge of attributes says of translations."""

import json
import types

import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks import games, learn, translation, translation_scores
from gan_jax import configs, errors
from gan_jax.gans import stargan

TINY = {
  **{'data.size': (16, 16), 'generator.width': 4, 'generator.blocks': 1, 'discriminator.width': 4},
  **{'train.batch_size': 2, 'evaluate.num_images': 50, 'sample.num': 4},
}


@pytest.mark.long
def test_a_game_is_trained_scored_and_reported(tmp_path, monkeypatch, capsys):
  get = configs.get
  monkeypatch.setattr(games.configs, 'get', lambda name, fields: get(name, TINY | fields))
  monkeypatch.setattr(translation_scores, 'AVERAGED', 50)
  monkeypatch.setattr(translation_scores, 'IMAGES', 50)
  words = ['--games=super_resolution', '--steps=2', f'--out={tmp_path / "scores.json"}']
  assert translation.main([*words, f'--workdir={tmp_path / "runs"}']) == 0
  (row,) = json.loads((tmp_path / 'scores.json').read_text())['rows']
  (target,) = row['targets']
  scores = row['scores']
  assert target['reached'] == pytest.approx(scores['psnr'] - scores['psnr_bicubic'])
  assert target['met'] is False
  assert scores['psnr_mean'] < scores['psnr_bicubic']
  assert 'NO' in capsys.readouterr().out


def test_a_benchmark_that_is_stopped_says_so_instead_of_reading_what_is_not_there(monkeypatch):
  monkeypatch.setattr(learn.loop, 'train', lambda *_: (None, False))
  with pytest.raises(KeyboardInterrupt):
    learn.learn(None, None)


@pytest.mark.parametrize('name', translation.GAMES)
def test_every_game_has_a_config_for_a_cpu(name):
  whole, small = configs.get(name), configs.get(f'{name}:cpu')
  assert small.train.num_steps < whole.train.num_steps
  assert small.data.name == whole.data.name
  assert small.gan.name == name


def test_unknown_games_are_named():
  with pytest.raises(errors.UserError, match="did you mean 'cyclegan'"):
    translation.main(['--games=cycle_gan'])


@pytest.fixture
def judged(monkeypatch):
  """What `attributes` says of a G, when images are attributes and the judge reads them as they are."""
  config = configs.load('configs/stargan.py:test', notice=lambda _: None)
  given = np.zeros((100, 9), np.float32)
  given[np.arange(100), np.arange(100) % 6] = 1
  given[:, 6:] = np.random.default_rng(0).integers(0, 2, (100, 3))

  def examples(indices):
    return {'image': jnp.asarray(given[indices])[:, None, None], 'attributes': jnp.asarray(given[indices])}

  test_set = types.SimpleNamespace(size=100, examples=examples, replace=lambda **_: test_set)

  def see(images):
    set_ = np.asarray(images)[:, 0, 0] > 191
    return types.SimpleNamespace(probabilities=np.stack([1 - set_, set_], -1))

  judge = types.SimpleNamespace(accuracy=1.0, see=see)
  monkeypatch.setattr(translation_scores.data, 'make', lambda *_, **__: test_set)
  monkeypatch.setattr(translation_scores.classifier, 'of', lambda *_, **__: judge)

  def scores_of(make):
    gan = types.SimpleNamespace(
      generate=lambda variables, batch, rng, train: ({'image': make(batch)[:, None, None]}, {})
    )
    experiment = types.SimpleNamespace(config=config, gan=gan)
    monkeypatch.setattr(translation_scores, 'restored', lambda _: (experiment, {}))
    return translation_scores.attributes(None)

  return scores_of


def test_a_perfect_g_a_lazy_one_and_one_that_forgets(judged):
  scores = judged(lambda batch: batch['wanted'])
  assert (scores['wanted_read'], scores['others_unchanged']) == (1, 1)
  scores = judged(lambda batch: batch['attributes'])
  assert (scores['wanted_read'], scores['others_unchanged']) == (0, 1)
  scores = judged(lambda batch: batch['wanted'].at[:, -1].set(0))
  assert scores['wanted_read_hat'] < 0.7
  assert scores['others_unchanged_hat'] == scores['wanted_read_smile'] == 1
  assert 0.3 < scores['others_unchanged_smile'] < 0.7


def test_one_attribute_is_changed_and_of_exclusive_ones_one_remains():
  given = jnp.float32([[1, 0, 0, 1], [0, 0, 1, 0]])
  np.testing.assert_array_equal(stargan.changed(given, 1, 3), [[0, 1, 0, 1], [0, 1, 0, 0]])
  np.testing.assert_array_equal(stargan.changed(given, 3, 3), [[1, 0, 0, 0], [0, 0, 1, 1]])
