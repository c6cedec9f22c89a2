"""Scores of copies: their means, what is written of them, and the table that a reader sees."""

import json
import math

import numpy as np
import pytest

from gan_jax.evaluation import evaluate, tables
from gan_jax.evaluation.scores import Scores

NAN = math.nan


def test_a_summary_is_the_mean_the_spread_and_students_interval():
  values = np.array([1.0, 4.0, 7.0])
  found = evaluate.summary([{'x': value, 'y': 2} for value in values])
  assert found['mean'] == {'x': 4, 'y': 2}
  assert found['spread'] == {'x': 3, 'y': 0}
  half = 4.302652729911275 * 3 / math.sqrt(3)  # Student's t with two degrees of freedom
  assert found['interval_95'] == pytest.approx({'x': half, 'y': 0})
  assert (found['seeds'], found['failed']) == (3, 0)


def test_a_single_copy_has_no_spread_and_no_interval():
  found = evaluate.summary([{'reverse_kl': 0.5}])
  assert found == {
    'mean': {'reverse_kl': 0.5},
    'spread': {'reverse_kl': None},
    'interval_95': {'reverse_kl': None},
    'seeds': 1,
    'failed': 0,
  }


def test_copies_without_scores_are_counted_and_left_out():
  found = evaluate.summary([{'x': 1.0}, {}, {'x': 3.0}, {'x': NAN}])
  assert (found['mean'], found['seeds'], found['failed']) == ({'x': 2}, 3, 1)
  assert evaluate.summary([{}, {}])['mean'] == {}


def test_groups_have_the_copies_that_differ_only_in_seed():
  found = evaluate.groups([{'x': 1.0}, {'x': 3.0}, {'x': 7.0}], ['a 1', 'a 1', 'a 2'])
  assert {name: (group['mean']['x'], group['seeds']) for name, group in found.items()} == {
    'a 1': (2, 2),
    'a 2': (7, 1),
  }


def test_the_file_has_one_run_alone_as_its_scores(tmp_path):
  scored = Scores({'x': 1.0, 'y': math.inf}, {'x': (0.5, 1.5)}, {'seed': 3})
  evaluate.write(tmp_path / 'evaluation.json', {'seed 0': scored}, [''], {'step': 3})
  record = json.loads((tmp_path / 'evaluation.json').read_text())
  assert (record.pop('x'), record.pop('y')) == (1, None)  # JSON has no infinity
  assert (record.pop('intervals_95'), record.pop('protocol')) == ({'x': [0.5, 1.5]}, {'seed': 3})
  assert record.pop('measured')['step'] == 3
  assert not record
  (scores,) = evaluate.read(tmp_path)
  assert scores['x'] == 1
  assert math.isnan(scores['y'])
  assert evaluate.measured(tmp_path)['step'] == 3


def test_the_file_has_all_copies_and_no_mean_over_settings(tmp_path):
  numbers = {'a 1, seed 0': {'x': 1.0}, 'a 1, seed 1': {}, 'a 2, seed 0': {'x': 5.0}}
  copies = {copy: Scores(some, {}, {}) for copy, some in numbers.items()}
  groups = evaluate.write(tmp_path / 'evaluation.json', copies, ['a 1', 'a 1', 'a 2'], {})
  record = json.loads((tmp_path / 'evaluation.json').read_text())
  assert set(record) == {'measured', 'intervals_95', 'protocol', 'groups', 'copies'}
  assert record['groups'] == groups
  assert record['copies']['a 1, seed 1'] == {'x': None}
  np.testing.assert_array_equal([copy['x'] for copy in evaluate.read(tmp_path)], [1, NAN, 5])


@pytest.mark.parametrize('text', ['', '[]', '{}', '{"measured"'])
def test_a_file_that_tells_nothing_is_no_measurement(tmp_path, text):
  assert evaluate.measured(tmp_path) == {}
  (tmp_path / 'evaluation.json').write_text(text)
  assert evaluate.measured(tmp_path) == {}


def rows(text):
  """The cells of a table's rows."""
  return [[cell.strip() for cell in line.split('   ') if cell.strip()] for line in text.splitlines()[1:]]


def test_a_table_has_a_row_a_setting_and_marks_the_best():
  scores = [
    {'modes_covered': 8, 'fid': 3.0, 'fid_floor': 0.5, 'kept': 1},
    {'modes_covered': 8, 'fid': 1.0, 'fid_floor': 0.5, 'kept': 1},
    {'modes_covered': 8, 'fid': 0.25, 'fid_floor': 0.5, 'kept': 1},
    {'modes_covered': 7, 'fid': 0.75, 'fid_floor': 0.5, 'kept': 1},
  ]
  text = tables.text(evaluate.groups(scores, ['lr 1', 'lr 1', 'lr 2', 'lr 2']))
  assert text.splitlines()[0] == 'scores by setting (mean +- standard deviation of 2 seeds; * best)'
  assert rows(text) == [
    ['modes covered', 'fid'],
    ['lr 1', '*8 +- 0', '2.0 +- 1.4'],
    ['lr 2', '7.50 +- 0.71', '*0.50 +- 0.35'],
    ['real data', '0.5'],
  ]
  assert len({len(line) for line in text.splitlines()[1:4]}) == 1  # in columns


def test_a_table_of_single_copies_has_no_spread_and_says_which_are_lost():
  text = tables.text(evaluate.groups([{'fid': 3.0}, {}, {'fid': 2.0}, {}], ['lr 1', 'lr 1', 'lr 2', 'lr 3']))
  assert text.splitlines()[0] == 'scores by setting (* best)'
  assert rows(text) == [['fid'], ['lr 1 (1 of 2 seeds)', '3'], ['lr 2', '*2'], ['lr 3 (0 of 1 seeds)', '-']]


def test_scores_that_nobody_knows_are_told_without_a_best():
  text = tables.text(evaluate.groups([{'size': 3.0}, {'size': 2.0}], ['lr 1', 'lr 2']))
  assert rows(text) == [['size'], ['lr 1', '3'], ['lr 2', '2']]


def test_one_setting_is_one_line_with_intervals():
  scores = [{'fid': 1.0, 'fid_floor': 0.5, 'psnr': 20.0}, {'fid': 3.0, 'fid_floor': 0.5, 'psnr': 20.0}]
  text = tables.text(evaluate.groups(scores, ['', '']))
  assert text == 'mean of 2 seeds +- its 95 % interval: fid 2 +- 13 (real: 0.5), psnr 20 +- 0'
