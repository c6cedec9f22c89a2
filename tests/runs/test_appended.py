"""Files that grow: on a disk that is full, gone, or another's for a while, no row is lost or halved."""

import json
import os

import pytest

from gan_jax import configs
from gan_jax.runs import appended, board, lock, logs
from gan_jax.runs import folder as runs


@pytest.fixture
def file(tmp_path):
  return appended.Appended(tmp_path / 'run/rows', made(tmp_path / 'run'), b'0\n')


def made(folder):
  folder.mkdir()
  return folder


@pytest.fixture
def full(monkeypatch):
  """A disk on which so many more bytes have room, [None] is any number; what does not fit is half written."""
  room, write = [None], os.write

  def limited(file, data):
    if room[0] is None:
      return write(file, data)
    if not room[0]:
      raise OSError(28, 'No space left on device')
    written = write(file, data[: room[0]])
    room[0] -= written
    return written

  monkeypatch.setattr(appended.os, 'write', limited)
  return room


def test_rows_wait_while_the_disk_is_full_and_it_is_told_once(file, full, tmp_path, capsys):
  file.write(b'1\n')
  full[0] = 3
  for k in range(2, 6):
    file.write(b'%d\n' % k)
  assert (tmp_path / 'run/rows').read_bytes() in (b'0\n1\n2\n3', b'0\n1\n2\n')
  assert file.content() == b'0\n1\n2\n3\n4\n5\n'
  full[0] = None
  file.write(b'6\n')
  file.close()
  assert (tmp_path / 'run/rows').read_bytes() == b'0\n1\n2\n3\n4\n5\n6\n'
  told = capsys.readouterr().err.splitlines()
  assert [line.split('rows ')[1] for line in told] == [
    'cannot be written (No space left on device): what it lacks waits; training goes on',
    'has what it lacked',
  ]


def test_what_never_has_room_is_counted_at_the_end(file, full, monkeypatch, capsys):
  monkeypatch.setattr(appended, 'MOST', 4)
  full[0] = 0
  for _ in range(5):
    file.write(b'1\n')
  file.close()
  assert 'rows: 2 rows are lost' in capsys.readouterr().err  # and three that did not wait


def test_a_folder_that_was_moved_is_followed_by_nothing_until_it_is_back(file, tmp_path, capsys):
  (tmp_path / 'run').rename(tmp_path / 'elsewhere')
  file.write(b'1\n')
  assert not (tmp_path / 'run').exists()
  assert '(it was moved or removed)' in capsys.readouterr().err
  (tmp_path / 'elsewhere').rename(tmp_path / 'run')
  file.write(b'2\n')
  assert (tmp_path / 'run/rows').read_bytes() == b'0\n1\n2\n'


def test_what_another_process_has_begun_in_its_place_is_left_alone(file, tmp_path, capsys):
  (tmp_path / 'run').rename(tmp_path / 'elsewhere')
  made(tmp_path / 'run')
  (tmp_path / 'run' / lock.NAME).write_text(json.dumps({'pid': 1, 'host': 'other'}))
  file.write(b'1\n')
  assert [path.name for path in (tmp_path / 'run').iterdir()] == [lock.NAME]
  assert 'process 1 on other has it now' in capsys.readouterr().err


def test_it_goes_back_on_a_full_disk_too(file, full, tmp_path, monkeypatch):
  file.write(b'1\n')
  monkeypatch.setattr(appended.files, 'whole', lambda path: (_ for _ in ()).throw(OSError(28, 'full')))
  file.begin(b'0\n')
  file.write(b'7\n')
  assert file.content() == b'0\n7\n'
  monkeypatch.undo()
  file.close()
  assert (tmp_path / 'run/rows').read_bytes() == b'0\n7\n'


def test_a_log_goes_on_while_the_disk_is_full(full, tmp_path, capsys):
  run, config = runs.Run(tmp_path), configs.get('dcgan_digits:test', {}, notice=lambda _: None)
  with logs.Writers(run, config, 0) as out:
    for step in range(1, 40):
      full[0] = 0 if 3 < step < 30 else None
      out.scalars(step, {'d/loss': 1.0, 'examples_per_second': 1.0})
    out.rewind(35)
  assert [row['step'] for row in run.rows()] == list(range(1, 36))
  assert capsys.readouterr().err.count('training goes on') == 2  # of the rows and of TensorBoard's events


def test_tensorboard_reads_what_is_written(tmp_path):
  run = runs.Run(tmp_path)
  shown = board.Board(run, 3)
  shown.scalars(4, {'d/loss': 0.5})
  shown.close()
  (file,) = run.tensorboard.iterdir()
  from tensorboardX.proto.event_pb2 import Event

  content, found = file.read_bytes(), []
  while content:
    size = int.from_bytes(content[:8], 'little')
    found.append(Event.FromString(content[12 : 12 + size]))
    content = content[16 + size :]
  first = [(event.step, event.file_version) for event in found[:2]]
  assert first == [(0, board.VERSION), (4, '')]  # from which on other files count no more
  assert found[2].summary.value[0].simple_value == 0.5
