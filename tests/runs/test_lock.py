"""One writer: a second process is told who the first is; one that has died is no hindrance."""

import errno
import json
import os
import socket
import subprocess
import sys

import pytest
from conftest import ROOT

from gan_jax import errors
from gan_jax.runs import lock

HOLD = """
import sys, time
from pathlib import Path
from gan_jax.runs.lock import Lock
with Lock(Path(sys.argv[1])):
  print('held', flush=True)
  sys.stdin.read()
"""


def holder(folder):
  """Another process that holds the run."""
  process = subprocess.Popen(
    [sys.executable, '-c', HOLD, str(folder)],
    cwd=ROOT,
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    text=True,
  )
  assert process.stdout.readline() == 'held\n'
  return process


def test_a_second_process_is_told_who_the_first_is(tmp_path):
  first = holder(tmp_path / 'run')
  try:
    with pytest.raises(errors.UserError) as told, lock.Lock(tmp_path / 'run'):
      pass
    assert f'is being trained by process {first.pid} on {socket.gethostname()}, since 2' in str(told.value)
    assert '\n' not in str(told.value)
  finally:
    first.kill()
    first.communicate()
  with lock.Lock(tmp_path / 'run'):  # it was killed: its file is there, and holds nobody off
    assert json.loads((tmp_path / 'run/lock').read_text())['pid'] == os.getpid()
  assert list((tmp_path / 'run').iterdir()) == []


def test_two_of_one_process_exclude_each_other_and_come_one_after_the_other(tmp_path):
  with lock.Lock(tmp_path), pytest.raises(errors.UserError), lock.Lock(tmp_path):
    pass
  for _ in range(2):
    with lock.Lock(tmp_path):
      pass


@pytest.mark.parametrize(('age', 'free'), [(0, False), (lock.STALE / 2, False), (lock.STALE + 5, True)])
def test_a_process_of_another_host_is_there_while_its_heart_beats(tmp_path, age, free):
  file = tmp_path / lock.NAME
  file.write_text(json.dumps({'pid': 7, 'host': 'elsewhere', 'started': '2026-11-26 20:00:00'}))
  then = file.stat().st_mtime - age
  os.utime(file, (then, then))
  if free:
    with lock.Lock(tmp_path):
      assert json.loads(file.read_text())['host'] == socket.gethostname()
  else:
    with pytest.raises(errors.UserError, match='process 7 on elsewhere'), lock.Lock(tmp_path):
      pass
    assert file.exists()


def test_who_was_away_too_long_leaves_the_lock_of_who_has_taken_over(tmp_path, monkeypatch):
  monkeypatch.setattr(lock, 'BEAT', 0.01)
  other = json.dumps({'pid': 7, 'host': 'elsewhere', 'started': '2026-11-26 20:00:00'})
  with lock.Lock(tmp_path) as held:
    held.path.write_text(other)  # of a host that does not see this one's lock
    os.utime(held.path, (1, 1))
    held._stopped.wait(0.2)
    assert held.path.stat().st_mtime == 1  # its heart has to beat by itself
  assert held.path.read_text() == other


def test_without_locks_of_the_file_system_the_heartbeat_holds_others_off(tmp_path, monkeypatch):
  def absent(*_):
    raise OSError(errno.ENOLCK, 'No locks available')

  monkeypatch.setattr(lock.fcntl, 'flock', absent)
  with lock.Lock(tmp_path) as held:
    with pytest.raises(errors.UserError, match=f'process {os.getpid()} on'), lock.Lock(tmp_path):
      pass
    held.path.write_text(json.dumps({'pid': 7, 'host': lock.HOST, 'started': '2026-11-26 20:00:00'}))
  os.utime(tmp_path / lock.NAME, (1, 1))  # of a process that was killed
  with lock.Lock(tmp_path):
    pass


def test_a_folder_that_has_the_name_of_one_that_was_moved_is_another(tmp_path):
  with lock.Lock(tmp_path / 'run'):
    lock.check(tmp_path / 'run')
    (tmp_path / 'run').rename(tmp_path / 'moved')
    (tmp_path / 'run').mkdir()
    with pytest.raises(FileNotFoundError, match='it was moved or removed'):
      lock.check(tmp_path / 'run')
  lock.check(tmp_path / 'run')


def test_another_process_with_the_number_of_this_one_is_another(tmp_path):
  with lock.Lock(tmp_path) as held:
    held.path.write_text(json.dumps({**held._me, 'started': '2026-11-26 20:00:00'}))  # of a container, say
    with pytest.raises(OSError, match='has it now'):
      lock.check(tmp_path)


@pytest.mark.parametrize('content', [b'', b'\x00' * 50, b'[1]', b'{"host": 3'])
def test_a_broken_file_holds_nobody_off(tmp_path, content):
  (tmp_path / lock.NAME).write_bytes(content)
  with lock.Lock(tmp_path):
    pass


def test_a_host_that_is_given_another_name_still_has_its_run(tmp_path, monkeypatch):
  with lock.Lock(tmp_path):
    monkeypatch.setattr(socket, 'gethostname', lambda: 'renamed')
    lock.check(tmp_path)


def test_the_heart_beats(tmp_path, monkeypatch):
  monkeypatch.setattr(lock, 'BEAT', 0.01)
  with lock.Lock(tmp_path) as held:
    os.utime(held.path, (1, 1))
    deadline = 200
    while held.path.stat().st_mtime == 1 and deadline:
      held._stopped.wait(0.02)
      deadline -= 1
    assert held.path.stat().st_mtime > 1


def test_what_cannot_be_written_is_one_line(tmp_path):
  (tmp_path / 'run').write_text('a file')
  with pytest.raises(errors.UserError, match='cannot be written'), lock.Lock(tmp_path / 'run'):
    pass
