"""Decoded sets on disk: there whole or not at all, whoever writes them, and as they were written."""

import errno
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from gan_jax import errors
from gan_jax.data.decoding import cache, digests, writing

KILLED = """
import os, signal, sys
import numpy as np
from gan_jax.data.decoding import cache
def fill(folder):
  np.save(folder / 'image.npy', np.zeros(3, np.uint8))
  os.kill(os.getpid(), signal.SIGKILL)
cache.load(sys.argv[1], 'set', 'key', fill)
"""


def test_killed_writer_leaves_no_valid_set(tmp_path):
  child = subprocess.run([sys.executable, '-c', KILLED, str(tmp_path)])
  assert child.returncode == -9
  left = list((tmp_path / 'decoded').iterdir())
  assert [path.name.startswith('.partial-') for path in left] == [True]
  seconds = time.time() - 2 * cache.NEW  # the kernel knows that its writer is no more
  os.utime(left[0], (seconds, seconds))

  def fill(folder):
    np.save(folder / 'image.npy', np.ones(3, np.uint8))
    return {'bad': []}

  arrays, notes = cache.load(tmp_path, 'set', 'key', fill)
  assert arrays['image'].tolist() == [1, 1, 1]
  assert notes == {'bad': []}
  assert [path.name[:4] for path in (tmp_path / 'decoded').iterdir()] == ['set-']


def test_second_writer_takes_the_set_of_the_first(tmp_path):
  def slow(folder):
    cache.load(tmp_path, 'set', 'key', lambda folder: {'writer': 'fast'})
    return {'writer': 'slow'}

  assert cache.load(tmp_path, 'set', 'key', slow)[1] == {'writer': 'fast'}


def test_what_a_writer_is_at_work_on_is_left_alone(tmp_path):
  def slow(folder):
    seconds = time.time() - 2 * cache.NEW
    os.utime(folder.parent, (seconds, seconds))
    cache.load(tmp_path, 'another', 'key', lambda folder: {})
    return {'there': folder.is_dir()}

  assert cache.load(tmp_path, 'set', 'key', slow)[1] == {'there': True}


@pytest.mark.parametrize(
  ('age', 'host', 'left'), [(2, 'here', True), (30, 'here', True), (2, 'else', True), (30, 'else', False)]
)
def test_what_other_hosts_have_begun_is_left_for_a_day(tmp_path, monkeypatch, age, host, left):
  prefix = cache._prefix()
  folder = tmp_path / (f'{prefix}x' if host == 'here' else '.partial-else-x')
  folder.mkdir()
  then = time.time() - 3600 * age
  os.utime(folder, (then, then))
  monkeypatch.setattr(cache, '_held', lambda opened: False)  # its writer is alive
  cache._tidy(tmp_path)
  assert folder.exists() == left


def test_a_set_that_cannot_be_read_now_is_kept(tmp_path, monkeypatch):
  def stale(path):
    raise OSError(errno.ESTALE, 'Stale file handle')

  cache.load(tmp_path, 'set', 'key', lambda folder: {'writer': 'first'})
  with monkeypatch.context() as patch:
    patch.setattr(digests.regular, 'text', stale)
    with pytest.raises(errors.UserError, match=r'cannot use .*Stale'):
      cache.load(tmp_path, 'set', 'key', lambda folder: {'writer': 'second'})
  assert cache.load(tmp_path, 'set', 'key', lambda folder: {'writer': 'third'})[1] == {'writer': 'first'}


def flipped(path):
  content = bytearray(path.read_bytes())
  content[-1] ^= 1
  path.write_bytes(content)


DAMAGE = {
  'a pixel': lambda folder: flipped(folder / 'image.npy'),
  'the notes': lambda folder: (folder / 'notes.json').write_text('{"count": 9}'),
  'cut off': lambda folder: os.truncate(folder / 'image.npy', 130),
  'emptied': lambda folder: os.truncate(folder / 'image.npy', 0),
  'a file less': lambda folder: (folder / 'image.npy').unlink(),
  'a file more': lambda folder: np.save(folder / 'more.npy', np.zeros(1)),
  'a pickle': lambda folder: np.save(folder / 'image.npy', np.array([{}]), allow_pickle=True),
  'a pipe': lambda folder: ((folder / 'image.npy').unlink(), os.mkfifo(folder / 'image.npy')),
  'without digests': lambda folder: (folder / digests.NAME).unlink(),
  'digests that are none': lambda folder: (folder / digests.NAME).write_text('[' * 100_000),
  'other digests': lambda folder: flipped_digest(folder / digests.NAME),
}


def flipped_digest(path):
  path.write_text(path.read_text().replace('"bytes": ', '"bytes": 1'))


@pytest.mark.parametrize('damage', DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_set_is_made_anew_with_one_line(tmp_path, capsys, damage):
  made = []

  def fill(folder):
    made.append(folder)
    np.save(folder / 'image.npy', np.arange(5))
    return {'count': 5}

  for count in (1, 1):
    cache.load(tmp_path, 'set', 'key', fill)
    assert len(made) == count
  assert capsys.readouterr().out == ''
  (folder,) = (tmp_path / 'decoded').iterdir()
  damage(folder)
  arrays, notes = cache.load(tmp_path, 'set', 'key', fill)
  assert (arrays['image'].tolist(), notes, len(made)) == ([0, 1, 2, 3, 4], {'count': 5}, 2)
  told = capsys.readouterr().out
  assert told.startswith(f'{folder} is damaged (')
  assert told.endswith('): it is made anew\n')
  assert told.count('\n') == 1
  assert list((tmp_path / 'decoded').iterdir()) == [folder]


def test_of_a_large_set_some_blocks_are_checked_and_in_time_all(tmp_path, monkeypatch):
  monkeypatch.setattr(digests, 'BLOCK', 100)
  (tmp_path / 'a').write_bytes(os.urandom(1000))
  digests.write(tmp_path)
  content = bytearray((tmp_path / 'a').read_bytes())
  content[750] ^= 1
  (tmp_path / 'a').write_bytes(content)
  found = [bool(digests.damage(tmp_path, most=300)) for _ in range(100)]
  assert 10 <= sum(found) <= 60  # three of nine, by chance
  assert digests.damage(tmp_path) == 'the digest of a is another'
  content[50] ^= 1
  (tmp_path / 'a').write_bytes(content)
  assert digests.damage(tmp_path, most=0) == 'the digest of a is another'  # of the first one always


def test_where_a_damaged_set_cannot_be_replaced_it_is_one_line(tmp_path, monkeypatch):
  cache.load(tmp_path, 'set', 'key', lambda folder: {})
  (folder,) = (tmp_path / 'decoded').iterdir()
  (folder / 'notes.json').unlink()

  def read_only(*_, **__):
    raise OSError(30, 'Read-only file system')

  monkeypatch.setattr(cache.tempfile, 'TemporaryDirectory', read_only)
  with pytest.raises(errors.UserError, match=r'Read-only file system.*set data\.data_dir elsewhere'):
    cache.load(tmp_path, 'set', 'key', lambda folder: {})


@pytest.mark.parametrize('small', [0, 1e9])
def test_results_come_in_order_from_one_thread_and_from_many(small, monkeypatch):
  monkeypatch.setattr(writing, 'SMALL', small)
  assert list(writing._in_order(lambda k: k * k, range(1001))) == [k * k for k in range(1001)]
  assert list(writing._in_order(lambda k: k, [])) == []


def test_large_results_do_not_pile_up(monkeypatch):
  monkeypatch.setattr(writing, 'SMALL', 0)
  monkeypatch.setattr(writing, 'WAITING', 10)
  ahead = []
  items = (ahead.append(k) or k for k in range(200))
  for k, result in enumerate(writing._in_order(lambda k: k, items, size=8)):
    assert result == k
    assert len(ahead) - k <= (os.cpu_count() or 1) + 1
