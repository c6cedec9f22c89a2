"""--mode=evaluate and --mode=compare, as they are typed."""

import json

import numpy as np
import pytest

from gan_jax import command_line, errors
from gan_jax.runs import files

RNG = np.random.default_rng(0)


def evaluate(*words):
  return command_line.main(['--mode=evaluate', *words])


@pytest.fixture
def folders(tmp_path):
  """Two folders of grey images, of one law."""
  for name in ('made', 'real'):
    for k in range(40):
      files.save_png(tmp_path / name / f'{k}.png', RNG.integers(0, 256, (8, 8, 1), np.uint8))
  return tmp_path / 'made', tmp_path / 'real'


@pytest.fixture
def home(tmp_path, monkeypatch):
  """What is kept between calls, in a folder of the test."""
  monkeypatch.setenv('HOME', str(tmp_path / 'home'))
  return tmp_path / 'home/.cache/gan_jax'


@pytest.mark.long
def test_two_folders_are_scored_and_the_protocol_is_written(folders, home, tmp_path, capsys):
  made, real = folders
  out = tmp_path / 'scores.json'
  assert evaluate(f'--generated={made}', f'--reference={real}', '--measures=fid,kid', f'--out={out}') == 0
  told = capsys.readouterr().out
  assert '40 images beside 40 real ones, as the network random sees them' in told
  record = json.loads(out.read_text())
  assert record['fid'] > 0
  assert record['intervals_95']['fid'][0] < record['fid'] < record['intervals_95']['fid'][1]
  assert record['fid_floor'] > 0
  assert (record['protocol']['count'], record['protocol']['reference_count']) == (40, 40)
  assert record['protocol']['measures']['fid'].startswith('Frechet distance')
  kept = sorted((home / 'scores').iterdir())
  assert kept
  evaluate(f'--generated={made}', f'--reference={real}', '--measures=fid,kid')
  assert sorted((home / 'scores').iterdir()) == kept


@pytest.mark.long
def test_a_set_beside_itself_is_at_no_distance(folders, home, tmp_path):
  _, real = folders
  out = tmp_path / 'scores.json'
  flags = ('--measures=fid,precision_recall', f'--out={out}')
  evaluate(f'--generated={real}', f'--reference={real}', *flags)
  record = json.loads(out.read_text())
  assert record['fid'] == pytest.approx(0, abs=1e-6)
  assert record['precision'] == record['recall'] == 1


@pytest.mark.long
def test_a_run_is_scored_again_and_by_another_network(trained, tmp_path, home, capsys):
  plain = tmp_path / 'plain.json'
  assert evaluate(f'--workdir={trained}', '--num_samples=50', f'--out={plain}') == 0
  assert 'fid' in capsys.readouterr().out
  other = tmp_path / 'other.json'
  evaluate(f'--workdir={trained}', '--num_samples=50', '--network=random', '--measures=fid', f'--out={other}')
  first, second = (json.loads(file.read_text()) for file in (plain, other))
  assert first['protocol']['network'] == 'classifier'
  assert second['protocol']['network'] == 'random'
  assert second['num_images'] == 50
  assert second['measured']['step'] == 4


@pytest.mark.parametrize(
  ('words', 'message'),
  [
    ((), 'scores of what'),
    (('--generated=a',), 'needs --reference'),
    (('--reference=a',), 'scores of what'),
    (('--generated={made}', '--reference={real}', '--measures=fdi'), "did you mean 'fid'"),
    (('--generated={made}', '--reference={real}', '--measures=classes'), 'needs a network with classes'),
    (('--generated={made}', '--reference={real}', '--network=classifier'), 'learns from labels'),
    (('--generated={made}', '--reference={real}', '--network=inception'), 'evaluate.weights=: no such file'),
    (('--generated={made}', '--reference={real}', '--num_samples=3'), '3 images are too few'),
    (('--generated={made}', '--reference=nope'), 'nope is not a folder: set --reference'),
    (('--workdir=nope',), 'not the folder of a run'),
    (('--generated={made}', '--reference={real}', '--back'), '--back is of --mode=translate'),
  ],
)
def test_what_cannot_be_scored(folders, home, words, message):
  made, real = folders
  with pytest.raises(errors.UserError, match=message):
    evaluate(*(word.format(made=made, real=real) for word in words))


def test_comparing_needs_runs(tmp_path):
  with pytest.raises(errors.UserError, match='which runs'):
    command_line.main(['--mode=compare'])
  with pytest.raises(errors.UserError, match='no flag before it'):
    command_line.main(['--config=dcgan_digits', 'runs/a'])
