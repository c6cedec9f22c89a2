"""Several processes that JAX knows of: whatever ends one, the others end in seconds, in one line."""

import contextlib
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT, free_port

from gan_jax.devices.lifeline import LOST

BOUND = 15  # seconds
SUMS = """
import os
import signal
import sys
import time
from pathlib import Path
import jax
import jax.numpy as jnp
from ml_collections import ConfigDict
from gan_jax import command_line
from gan_jax.devices import mesh, processes
from gan_jax.training import interrupt

def main(words):
  folder, port, count, index = words
  me = dict(coordinator=f'localhost:{port}', num_processes=int(count), process_id=int(index))
  options = ConfigDict(dict(**me, timeout_s=300, silence_s=10, token=''))
  with processes.joined(options, Path(folder), interrupt.end, interrupt.status):
    layout = mesh.layout(int(count))
    whole = jax.jit(lambda rows: rows['x'].sum(), out_shardings=layout.whole)
    rows = layout.spread({'x': jnp.ones((1, 1))}, int(count))
    mesh.meet()
    if os.environ.get('COMPILES'):
      print('begun', flush=True)
      time.sleep(60)
    with interrupt.Interrupt() as stop:
      print('begun', flush=True)
      while not stop.hear(mesh.most(stop.status)):
        assert whole(rows) == int(count)
  if index in os.environ.get('STOPS', ''):
    os.kill(os.getpid(), signal.SIGSTOP)
  return interrupt.status()

command_line.run(main)
"""


@contextlib.contextmanager
def joined(folder, count):
  """Processes that have met, and sum again and again what each has."""
  port = free_port()
  group = [
    subprocess.Popen(
      [sys.executable, '-c', SUMS, str(folder), str(port), str(count), str(index)],
      cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    for index in range(count)
  ]  # fmt: skip
  try:
    for process in group:
      assert 'begun' in [process.stdout.readline().strip() for _ in range(2)], process.stderr.read()
    assert list(folder.iterdir()) == []
    yield group
  finally:
    for process in group:
      process.kill()
      process.communicate()


def end(process):
  """(exit status, what it has told) of a process that ends in time."""
  _, told = process.communicate(timeout=BOUND)
  return process.returncode, told


@pytest.mark.long
@pytest.mark.parametrize(('count', 'victim'), [(2, 0), (3, 2)])
def test_one_is_killed(tmp_path, count, victim):
  with joined(tmp_path, count) as group:
    group[victim].kill()
    for process in group[:victim] + group[victim + 1 :]:
      status, told = end(process)
      assert status == LOST, told
      assert told.startswith(f'process {victim} of {count} has ended: what was saved is whole')
      assert told.count('\n') == 1


@pytest.mark.long
@pytest.mark.parametrize('victim', [0, 1])
def test_one_is_stopped_and_goes_on_when_the_other_has_ended(tmp_path, victim):
  with joined(tmp_path, 2) as group:
    group[victim].send_signal(signal.SIGSTOP)
    status, told = end(group[1 - victim])
    assert status == LOST, told
    assert told.startswith(f'process {victim} of 2 has given no sign of life for 10 s: what was saved')
    assert told.count('\n') == 1
    group[victim].send_signal(signal.SIGCONT)
    status, told = end(group[victim])
    assert status == LOST, told
    assert 'Traceback' not in told


@pytest.mark.long
@pytest.mark.parametrize(('sign', 'wanted'), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_one_is_one_to_all(tmp_path, sign, wanted):
  with joined(tmp_path, 2) as group:
    group[1].send_signal(sign)
    assert [end(process) for process in group] == [(wanted, '')] * 2


@pytest.mark.long
@pytest.mark.parametrize('victim', [0, 1])
def test_one_before_there_is_something_to_save_ends_all_at_once(tmp_path, monkeypatch, victim):
  monkeypatch.setenv('COMPILES', '1')
  with joined(tmp_path, 2) as group:
    group[victim].send_signal(signal.SIGTERM)
    assert [end(process)[0] for process in group] == [143, 143]


@pytest.mark.long
@pytest.mark.parametrize('victim', [0, 1])
def test_one_that_is_stopped_when_all_is_done_is_not_waited_for(tmp_path, monkeypatch, victim):
  monkeypatch.setenv('STOPS', str(victim))
  with joined(tmp_path, 2) as group:
    group[0].send_signal(signal.SIGTERM)
    assert end(group[1 - victim]) == (143, '')
    assert group[victim].poll() is None
    group[victim].send_signal(signal.SIGCONT)
    assert end(group[victim]) == (143, '')


@pytest.mark.long
def test_all_are_stopped_and_go_on(tmp_path):
  """As a job that is suspended: nobody is lost."""
  with joined(tmp_path, 2) as group:
    for process in group:
      process.send_signal(signal.SIGSTOP)
    time.sleep(12)
    for process in group:
      process.send_signal(signal.SIGCONT)
    time.sleep(3)
    assert [process.poll() for process in group] == [None, None]
