"""Signals: one line and the status 130 or 143, in seconds, wherever they come; what can be saved is saved."""

import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT

from gan_jax.training import interrupt

BEGIN = """
import hashlib, sys, time
from gan_jax import command_line
from gan_jax.training import interrupt
interrupt.PATIENCE = 0.5

def main(words):
"""
BEGUN = "  print('begun', flush=True)\n"
PYTHON = BEGUN + '  time.sleep(60)\n'
# which hears of no signal, as a compiler
ELSEWHERE = BEGUN + "  hashlib.pbkdf2_hmac('sha256', b'', b'', 2**31 - 1)\n"
# which goes on after what is raised there, as JAX's hook on garbage collections
SWALLOWED = (
  '  import gc\n  gc.disable()\n  gc.callbacks.append(lambda *_: time.sleep(60))\n'
  + BEGUN
  + '  gc.collect()\n  time.sleep(60)\n'
)
LEAVES = """  kept = interrupt.at_end(lambda status: print('last', status, flush=True))
  kept.__enter__()
  with interrupt.at_end(lambda status: print('left', flush=True)):
    pass
"""
SAVES = """  with interrupt.Interrupt() as stop:
    print('begun', flush=True)
    while not stop:
      time.sleep(0.01)
    print('saved', flush=True)
    time.sleep(float(words[0]))
  return interrupt.status()
"""
END = '\ncommand_line.run(main)\n'
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143}
LINE = 'interrupted; what was written is whole: the same command goes on with it, or starts over\n'


@pytest.fixture
def heard(monkeypatch):
  monkeypatch.setattr(interrupt, '_first', [])
  return interrupt.Interrupt()


def test_the_end_of_a_session_is_one_wish(heard):
  heard._note(signal.SIGTERM, None)
  heard._note(signal.SIGHUP, None)  # systemd sends both at once
  assert heard
  with pytest.raises(KeyboardInterrupt):
    heard._note(signal.SIGINT, None)


def test_what_others_have_heard_comes_here_too_and_is_no_second_wish(heard, monkeypatch):
  monkeypatch.setattr(interrupt, 'ECHO', 0.0)
  assert heard.hear(143)
  heard._note(signal.SIGTERM, None)
  with pytest.raises(KeyboardInterrupt):
    heard._note(signal.SIGTERM, None)


def test_one_that_comes_while_others_agree_to_go_on_is_for_the_next_time(heard):
  status = heard.status
  heard._note(signal.SIGTERM, None)
  assert not heard.hear(status)
  assert heard.hear(heard.status)


def started(body, *words):
  process = subprocess.Popen(
    [sys.executable, '-c', BEGIN + body + END, *words],
    cwd=ROOT,
    stdout=subprocess.PIPE,
    stderr=subprocess.PIPE,
    text=True,
  )
  assert process.stdout.readline() == 'begun\n'
  return process


@pytest.mark.parametrize('sign', STATUS)
@pytest.mark.parametrize('body', [PYTHON, ELSEWHERE, SWALLOWED], ids=['in Python', 'elsewhere', 'swallowed'])
def test_where_there_is_nothing_to_save_it_ends_with_its_line(sign, body):
  process = started(body)
  process.send_signal(sign)
  out, err = process.communicate(timeout=30)
  assert (process.returncode, out, err) == (STATUS[sign], '', LINE)


def test_what_is_to_be_done_at_the_end_is_done_though_nothing_is_left():
  process = started(LEAVES + ELSEWHERE)
  process.send_signal(signal.SIGTERM)
  out, err = process.communicate(timeout=30)
  assert (process.returncode, out, err) == (143, 'last 143\n', LINE)


@pytest.mark.parametrize('status', [130, 143])
def test_a_signal_to_another_process_is_as_one_to_this(status):
  code = (
    f'from gan_jax.training.interrupt import Interrupt, status; one = Interrupt(); print(one.status,'
    f' one.hear(0), one.hear({status}), bool(one), one.status, status())'
  )
  done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True, check=True)
  assert done.stdout == f'0 False True True {status} {status}\n'


@pytest.mark.parametrize('sign', STATUS)
def test_the_first_one_is_noted_where_there_is_something_to_save(sign):
  process = started(SAVES, '0')
  process.send_signal(sign)
  out, err = process.communicate(timeout=30)
  assert (process.returncode, out, err) == (STATUS[sign], 'saved\n', '')


@pytest.mark.parametrize('sign', STATUS)
def test_one_that_was_lost_is_heard_where_there_is_something_to_save(sign):
  """What is raised in a hook on garbage collections goes no further, and the training begins all the same."""
  lost = f'  try:\n  {BEGUN}    time.sleep(60)\n  except KeyboardInterrupt:\n    pass\n'
  process = started(lost + SAVES, '1')
  process.send_signal(sign)
  out, err = process.communicate(timeout=30)
  assert (process.returncode, out, err) == (STATUS[sign], 'begun\nsaved\n', '')


def test_a_second_one_ends_at_once():
  process = started(SAVES, '60')
  process.send_signal(signal.SIGTERM)
  assert process.stdout.readline() == 'saved\n'
  time.sleep(1.1 * interrupt.ECHO)
  then = time.monotonic()
  process.send_signal(signal.SIGTERM)
  _, err = process.communicate(timeout=30)
  assert (process.returncode, err) == (143, LINE)
  assert time.monotonic() - then < 20  # of 60


@pytest.mark.parametrize('sign', STATUS)
def test_one_that_is_sent_twice_at_once_is_one(sign):
  """As `timeout` does, to the process and to its group."""
  process = started(SAVES, '0.2')
  for _ in range(2):
    process.send_signal(sign)
  out, err = process.communicate(timeout=30)
  assert (process.returncode, out, err) == (STATUS[sign], 'saved\n', '')


@pytest.mark.parametrize('sign', STATUS)
def test_it_saves_though_nobody_reads_what_it_says_any_more(sign):
  """Ctrl-C ends `tee`, too."""
  process = started(SAVES, '0')
  process.stdout.close()
  process.stderr.close()
  process.send_signal(sign)
  assert process.wait(timeout=30) == STATUS[sign]


@pytest.mark.parametrize('sign', STATUS)
def test_one_that_comes_when_all_is_done_ends_in_its_line_or_comes_too_late(sign):
  kill = f'os.kill(os.getpid(), {int(sign)})'
  process = started(BEGUN + f'  import atexit, os\n  atexit.register(lambda: {kill})\n  return 0\n')
  assert (process.communicate(timeout=30)[1], process.returncode) == (LINE, STATUS[sign])
  last = f'  import builtins, os\n  class Last:\n    def __del__(self, os=os):\n      {kill}\n'
  process = started(last + BEGUN + '  builtins.last = Last()\n  return 0\n')
  assert (process.communicate(timeout=30)[1], process.returncode) == ('', 0)


def test_what_nohup_ignores_is_ignored():
  process = subprocess.Popen(
    ['nohup', sys.executable, '-c', BEGIN + PYTHON.replace('60', '2') + '  return 0\n' + END],
    cwd=ROOT,
    stdout=subprocess.PIPE,
    stderr=subprocess.PIPE,
    text=True,
  )
  assert process.stdout.readline() == 'begun\n'
  process.send_signal(signal.SIGHUP)
  process.communicate(timeout=30)
  assert process.returncode == 0
