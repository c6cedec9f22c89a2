"""What is told while one waits: nothing of what is quick, little where there is no terminal."""

import io
import sys
import time

import pytest

from gan_jax.runs import waiting


class Terminal(io.StringIO):
  def isatty(self):
    return True


@pytest.fixture
def quick(monkeypatch):
  """Waiting is told after a hundredth of a second."""
  monkeypatch.setattr(waiting, 'PATIENCE', 0.01)
  monkeypatch.setattr(waiting, 'TICK', 0.01)


def test_what_is_quick_is_not_told(capsys):
  with waiting.waiting('reading'):
    print('read')
  told = capsys.readouterr()
  assert (told.out, told.err) == ('read\n', '')


def test_without_a_terminal_it_is_two_lines(quick, capsys):
  with waiting.waiting('compiling'):
    time.sleep(0.1)
  assert capsys.readouterr().err == 'compiling ...\ncompiling: 0 s\n'


def test_a_terminal_sees_the_seconds_and_what_is_printed_above_them(quick, monkeypatch, capsys):
  monkeypatch.setattr(waiting, 'PATIENCE', 10)
  monkeypatch.setattr(sys, 'stderr', Terminal())
  with waiting.waiting('compiling'):
    time.sleep(0.1)
    print('skipped one')
  written = sys.stderr.getvalue()
  assert written.count('compiling ... 0 s') > 2
  assert not written.split('\r')[-1].strip()  # the line is empty again
  assert capsys.readouterr().out == 'skipped one\n'


@pytest.mark.parametrize('error', [KeyboardInterrupt, ValueError])
def test_what_fails_is_not_told_to_be_done(quick, capsys, error):
  def fail():
    time.sleep(0.1)
    raise error

  with pytest.raises(error), waiting.waiting('compiling'):
    fail()
  assert capsys.readouterr().err == 'compiling ...\n'


def test_a_notice_is_told_as_it_is():
  told = []
  waiting.above(told.append)('resumed')
  assert told == ['resumed']
