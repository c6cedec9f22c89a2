"""benchmarks.faults in seconds: the attacks are made, what they do is told, and what is wrong is counted."""

import itertools
import json
import random

import pytest

from benchmarks import fault_processes, fault_several, faults

TINY = ('train.num_steps=6', 'train.steps_per_dispatch=2', 'checkpoint.every=2', 'sample.every=0')


@pytest.mark.long
@pytest.mark.parametrize('attack', ['flip', 'damage', 'power', 'nan'])
def test_all_trials_end_as_they_should(tmp_path, capsys, attack):
  file = tmp_path / 'faults.json'
  trials = 4 if attack == 'nan' else 25
  assert faults.main([f'--attacks={attack}', f'--trials={trials}', f'--out={file}']) == 0
  (row,) = json.loads(file.read_text())['rows']
  assert (row['trials'], row['right'], row['wrong']) == (trials, trials, [])
  assert f'{trials} of {trials}' in capsys.readouterr().out


@pytest.mark.long
@pytest.mark.parametrize('attack', [fault_processes.kill, fault_processes.term])
def test_a_run_that_was_ended_comes_to_the_same_end(tmp_path, monkeypatch, attack):
  monkeypatch.setattr(fault_processes, 'GRACE', 60)  # for machines that are busy
  cases = {'points': ('toy_ring:test', *TINY)}
  ((what, right),) = itertools.islice(attack(tmp_path, random.Random(1), cases), 1)
  assert right, what


@pytest.mark.long
def test_several_processes_of_which_one_is_attacked_come_to_the_same_end(tmp_path, monkeypatch):
  monkeypatch.setattr(fault_several, 'BOUND', 60)  # for machines that are busy
  words = ('toy_ring:test', *TINY, 'train.batch_size=24', 'evaluate.num_images=0')
  ((what, right),) = itertools.islice(fault_several.several(tmp_path, random.Random(1), words, (2,)), 1)
  assert right, what
