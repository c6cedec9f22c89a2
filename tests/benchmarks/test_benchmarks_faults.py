"""benchmarks.faults in seconds: the attacks are made, what they do is told, and what is wrong is counted."""

import itertools
import json
import os
import random

import numpy as np
import pytest

from benchmarks import fault_disks, fault_fuzz, fault_processes, fault_several, fault_watched, faults

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
@pytest.mark.parametrize(
  'attack', [fault_fuzz.pictures, fault_fuzz.told, fault_fuzz.stored, fault_fuzz.logged]
)
def test_files_that_are_none_are_read_or_refused_in_one_line(tmp_path, attack):
  trials = list(itertools.islice(attack(tmp_path, random.Random(2)), 60))
  assert [what for what, right in trials if not right] == []
  assert len(trials) == 60


def test_what_hangs_crashes_or_has_a_trace_is_seen(tmp_path, monkeypatch):
  monkeypatch.setattr(fault_watched, 'LIMIT', 0.3)
  monkeypatch.setattr(fault_watched.tempfile, 'gettempdir', lambda: str(tmp_path / 'kept'))
  (tmp_path / 'place').mkdir()

  def trial(rng, k):
    if k == 1:
      while True:
        pass
    if k == 2:
      os._exit(9)
    if k == 3:
      raise KeyError('a')

  trials = fault_watched.watched(tmp_path / 'place', random.Random(0), trial)
  found = list(itertools.islice(trials, 5))
  trials.close()
  assert [what for what, _ in found] == ['read', 'hung', 'ended with 9', "KeyError: 'a'", 'read']
  assert [right for _, right in found] == [True, False, False, False, True]
  assert len(list((tmp_path / 'kept' / fault_watched.KEPT).iterdir())) == 3


@pytest.mark.long
def test_a_run_on_a_full_disk_leaves_nothing_half_written_and_goes_on(tmp_path):
  trials = list(itertools.islice(fault_disks.full(tmp_path, random.Random(3)), 2))
  if not trials:
    pytest.skip('no right to mount a tmpfs')
  assert [what for what, right in trials if not right] == []


def test_what_is_half_written_is_seen(tmp_path):
  (tmp_path / 'whole.npz').write_bytes(b'')
  assert fault_disks.outcome(tmp_path, 1, 'one line') == ("half written: ['whole.npz']", False)
  np.savez(tmp_path / 'whole.npz', a=np.zeros(3))
  assert fault_disks.outcome(tmp_path, 1, 'one line') == ('stopped in one line', True)
  assert not fault_disks.outcome(tmp_path, 1, 'Traceback of an error')[1]
  assert not fault_disks.outcome(tmp_path, 2, 'one line')[1]
  assert fault_disks.outcome(tmp_path, 0, '') == ('had room', True)


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
