"""Who the processes of a run are, and the secret that they share."""

import pytest
from conftest import free_port

from gan_jax import errors
from gan_jax.devices import handshake, processes, rendezvous
from gan_jax.runs import folder

PAIR = ('parallel.coordinator=localhost:1234', 'parallel.num_processes=2')
SLURM = {
  'SLURM_JOB_ID': '7',
  'SLURM_STEP_NODELIST': 'node[03-05]',
  'SLURM_NTASKS': '3',
  'SLURM_PROCID': '1',
  'SLURM_LOCALID': '0',
  'SLURM_STEP_NUM_NODES': '3',
}


def test_they_are_as_the_config_says(tiny):
  options = tiny(*PAIR, 'parallel.process_id=1').parallel
  assert processes.asked(options)[:3] == ('localhost:1234', 2, 1)


def test_a_process_id_out_of_range(tiny):
  with pytest.raises(errors.UserError, match=r'process_id=2 must be in 0 to parallel.num_processes - 1 = 1'):
    processes.asked(tiny(*PAIR, 'parallel.process_id=2').parallel)


def test_they_are_as_slurm_says(tiny, monkeypatch):
  for name, value in SLURM.items():
    monkeypatch.setenv(name, value)
  address, count, index, devices = processes.asked(tiny('parallel.coordinator=auto').parallel)
  assert address.startswith('node03:')
  assert (count, index, devices) == (3, 1, [0])


def test_nobody_says_who_they_are(tiny):
  with pytest.raises(errors.UserError, match='auto: no SLURM'):
    processes.asked(tiny('parallel.coordinator=auto').parallel)


def test_the_secret_is_in_the_folder_while_they_meet_another_each_time(tmp_path):
  found = [processes._secret('') for _ in range(2)]
  assert found[0] != found[1]
  for secret in found:
    with processes._told(secret, tmp_path):
      assert processes._read('', tmp_path) == secret
      assert (tmp_path / processes.TOKEN).stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == []
  with pytest.raises(handshake.Refused, match=r'set parallel\.token'):
    processes._read('', tmp_path)


def test_a_second_process_0_leaves_the_secret_of_the_first_alone(tmp_path, tiny):
  options = tiny('parallel.timeout_s=1').parallel
  address = f'localhost:{free_port()}'
  second = processes._met(options, tmp_path, address, 2, 0)
  with processes._told(b'secret', tmp_path), rendezvous.Door(address, b'secret', 2, tmp_path / 'jax'):
    with pytest.raises(errors.UserError, match='another process 0'):
      second.__enter__()
    assert processes._read('', tmp_path) == b'secret'


def test_a_token_that_is_told_is_written_nowhere(tmp_path, tiny):
  options = tiny('parallel.token=of mine', 'parallel.timeout_s=1').parallel
  meeting = processes._met(options, tmp_path, f'localhost:{free_port()}', 2, 0)
  with pytest.raises(errors.UserError, match='have not come'):
    meeting.__enter__()
  assert processes._secret('of mine') == processes._read('of mine', tmp_path) == b'of mine'
  assert list(tmp_path.iterdir()) == []
  assert folder.plain(tiny('parallel.token=of mine'))['parallel']['token'] == ''
