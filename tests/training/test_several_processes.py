"""Several processes train a run: where one is killed or told to stop, all end in seconds, and go on later."""

import signal
import time

import pytest
from conftest import TINY

from benchmarks import fault_several
from gan_jax.devices.lifeline import LOST
from gan_jax.runs import folder as runs

WORDS = (
  'dcgan_digits:test', *TINY, 'train.batch_size=24', 'train.num_steps=100000', 'checkpoint.every=10',
  'sample.every=0', 'log.every=50', 'evaluate.num_images=0',
)  # fmt: skip


def wait_for_a_checkpoint(run, group):
  while not run.begun():
    assert all(process.poll() is None for process in group), group[0].communicate()
    time.sleep(0.1)


@pytest.mark.long
def test_one_is_killed_then_one_is_told_to_stop(tmp_path):
  """The others end in one line; three go on where two have ended, and one where these three have."""
  run = runs.Run(tmp_path / 'run')
  with fault_several.started(WORDS, run.folder, 2) as (group, _):
    wait_for_a_checkpoint(run, group)
    group[1].kill()
    _, told = group[0].communicate(timeout=4 * fault_several.BOUND)
  assert group[0].returncode == LOST, told
  assert told.splitlines()[-1].startswith('process 1 of 2 has ended: what was saved is whole')
  assert 'Traceback' not in told
  assert {path.name for path in run.folder.iterdir()} & {'lock', 'token'} == set()

  with fault_several.started(WORDS, run.folder, 3) as (group, _):
    fault_several.met(group, run.folder)
    before = max(int(path.name) for path in run.checkpoints.glob('[0-9]*'))
    while not (run.checkpoints / str(before + 20)).exists():
      assert all(process.poll() is None for process in group), group[0].communicate()
      time.sleep(0.1)
    group[2].send_signal(signal.SIGTERM)
    ends = [process.communicate(timeout=60) for process in group]
  assert [process.returncode for process in group] == [143] * 3, ends
  assert all('Traceback' not in told for _, told in ends)

  last = max(int(path.name) for path in run.checkpoints.glob('[0-9]*'))
  assert last >= before + 20
  on = fault_several.fault_processes.start((*WORDS, f'train.num_steps={last + 4}'), run.folder)
  _, told = on.communicate(timeout=400)
  assert on.returncode == 0, told
  assert (run.checkpoints / str(last + 4)).exists()
