"""Runs in one table: grouped by setting, paired by seed, refused where they were not measured alike."""

import json

import pytest

from gan_jax import command_line, configs, errors
from gan_jax.data.spec import Spec
from gan_jax.evaluation import compare, evaluate, protocol
from gan_jax.evaluation.scores import Scores
from gan_jax.runs.folder import Run

PROTOCOL = {'network': 'random', 'count': 100, 'seed': 3, 'code': 'abc'}


def scored(folder, fid, protocol=PROTOCOL, **fields):
  """The folder of a run that has this score."""
  run = Run(folder)
  run.open(configs.get('dcgan_digits', fields, notice=lambda _: None), Spec({}))
  scores = Scores({'fid': fid, 'fid_floor': 1.0}, {'fid': (fid - 0.5, fid + 0.5)}, protocol)
  evaluate.write(run.evaluation, {'seed 0': scores}, [''], {'step': 5})
  return folder


@pytest.fixture
def six(tmp_path):
  """Three seeds of two settings; the second is better by 2 in each, and seeds differ by more."""
  return [
    scored(tmp_path / f'{r1}_{seed}', 20 + 3 * seed - 2 * (r1 > 1), seed=seed, **{'penalty.r1': r1})
    for r1 in (1.0, 10.0)
    for seed in range(3)
  ]


def test_runs_are_grouped_by_what_differs_but_the_seed(six):
  head, _, first, second, real, paired = compare.table(six).splitlines()
  assert '3 seeds' in head
  assert first.split('  ')[0] == 'penalty.r1=1.0'
  assert '23.0 +- 3.0' in first
  assert '*21.0 +- 3.0' in second
  assert real.split() == ['real', 'data', '1']
  assert paired == (
    'penalty.r1=10.0 minus penalty.r1=1.0, paired over 3 seeds (+- 95 % interval): fid -2 +- 0'
  )


def test_single_runs_have_their_interval(tmp_path):
  a = scored(tmp_path / 'a', 20.0)
  b = scored(tmp_path / 'b', 30.0, **{'train.num_steps': 5})
  text = compare.table([a, b])
  assert '*20.00 +- 0.50' in text
  assert 'train.num_steps=5' in text


@pytest.mark.parametrize(
  ('other', 'told'),
  [
    ({**PROTOCOL, 'count': 200}, r'\(count: 100 and 200\): they are not ranked'),
    (
      {**PROTOCOL, 'network': 'inception', 'weights': 'x'},
      'network: random and inception; weights: None and x',
    ),
    ({}, 'does not say how it was measured'),
  ],
)
def test_scores_that_were_not_measured_alike_are_not_ranked(tmp_path, other, told):
  a, b = scored(tmp_path / 'a', 20.0), scored(tmp_path / 'b', 30.0, other)
  with pytest.raises(errors.UserError, match=told):
    compare.table([a, b])


def test_other_real_images_are_told_by_name_and_the_same_may_have_two_names():
  first = {**PROTOCOL, 'reference_hash': 'a', 'split': 'train', 'data': 'tfds:mnist'}
  same = {**first, 'split': 'all', 'data': 'folder:x'}
  other = {**first, 'split': 'test', 'reference_hash': 'b'}
  assert protocol.differences(first, same) == []
  assert protocol.differences(first, other) == ['reference_hash: a and b', 'split: train and test']


def test_how_other_peoples_images_were_made_is_not_known_and_of_two_runs_it_matters():
  run = {**PROTOCOL, 'averaged': True}
  assert protocol.differences(run, PROTOCOL) == []
  assert protocol.differences(run, {**run, 'averaged': False}) == ['averaged: True and False']


def test_the_seed_and_the_code_may_differ(tmp_path):
  a, b = scored(tmp_path / 'a', 20.0), scored(tmp_path / 'b', 30.0, {**PROTOCOL, 'seed': 4, 'code': 'def'})
  assert '25.0 +- 7.1' in compare.table([a, b])


def test_runs_without_scores_are_named(tmp_path):
  for path in (tmp_path, tmp_path / 'nope'):
    with pytest.raises(errors.UserError, match=r'has no scores .*--mode=evaluate makes them'):
      compare.table([path])


def test_what_scores_say_of_themselves_moves_no_cursor(tmp_path, capsys):
  files = []
  for name in ('a', 'b'):
    files.append(scored(tmp_path / name, 20.0) / 'evaluation.json')
    record = json.loads(files[-1].read_text())
    files[-1].write_text(json.dumps({**record, 'generated': f'\x1b[2J{name}'}))
  assert command_line.main(['--mode=compare', *map(str, files)]) == 0
  told = capsys.readouterr().out
  assert '?[2Ja' in told
  assert '\x1b' not in told


def test_sets_of_anybodys_images_are_ranked_beside_runs(tmp_path):
  a = scored(tmp_path / 'a', 20.0)
  other = tmp_path / 'theirs.json'
  record = {'generated': 'their/images', 'fid': 15.0, 'intervals_95': {'fid': [14.0, 16.0]}}
  other.write_text(json.dumps({**record, 'protocol': {**PROTOCOL, 'data': 'tfds:mnist'}}))
  text = compare.table([a, other])
  assert '*15.0 +- 1.0' in next(line for line in text.splitlines() if line.startswith('their/images'))
  assert '20.00 +- 0.50' in next(line for line in text.splitlines() if line.startswith(str(a)))
