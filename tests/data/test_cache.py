"""Decoded sets on disk: there whole or not at all, whoever writes them."""

import os
import subprocess
import sys

import numpy as np
import pytest

from gan_jax.data.decoding import cache, writing

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
  os.utime(left[0], (1, 1))  # long ago: the next writer sweeps it away

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


@pytest.mark.parametrize('small', [0, 1e9])
def test_results_come_in_order_from_one_thread_and_from_many(small, monkeypatch):
  monkeypatch.setattr(writing, 'SMALL', small)
  assert list(writing._in_order(lambda k: k * k, range(1001))) == [k * k for k in range(1001)]
  assert list(writing._in_order(lambda k: k, [])) == []
