"""Processes that are tied to each other: they agree, and the loss of one is known to all within seconds."""

import contextlib
import queue
import socket
import threading
import time

import pytest

from gan_jax import errors
from gan_jax.devices import lifeline

SILENCE = 0.3  # seconds; a beat is a tenth of that
KEPT = []  # contexts that are not left, as where a process is ended in them
GOES_ON = 'what was saved is whole; start all of them again to go on from there'


@pytest.fixture(autouse=True)
def quick(monkeypatch):
  monkeypatch.setattr(lifeline, 'BEAT', 0.03)
  monkeypatch.setattr(lifeline, 'GRACE', 0.1)
  monkeypatch.setattr(lifeline.atexit, 'register', lambda *_: None)


def pair():
  with socket.create_server(('127.0.0.1', 0)) as server:
    return socket.create_connection(server.getsockname()), server.accept()[0]


class Group:
  """The Lines of several processes, and what each was told when it was ended, {index: (line, status)}."""

  def __init__(self, count, silence=SILENCE):
    self.pairs = {index: pair() for index in range(1, count)}
    self.ended = queue.Queue()
    firsts = {index: ends[0] for index, ends in self.pairs.items()}
    self.lines = [lifeline.Line(0, count, firsts, silence)]
    self.lines += [lifeline.Line(index, count, {0: ends[1]}, silence) for index, ends in self.pairs.items()]

  def watched(self, index):
    return self.lines[index].watched(lambda *told: self.ended.put((index, *told)), lambda: 143)

  def enter(self, index):
    """What is entered and never left."""
    KEPT.append(self.watched(index))
    KEPT[-1].__enter__()

  def close(self, index):
    """What the kernel does to a process that is killed, which says nothing more."""
    self.lines[index]._peers = {}
    for sock in [self.pairs[index][1]] if index else [ends[0] for ends in self.pairs.values()]:
      with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)

  def told(self, count):
    return {index: told for index, *told in (self.ended.get(timeout=20) for _ in range(count))}


def all_of(function, count):
  threads = [threading.Thread(target=function, args=(index,)) for index in range(count)]
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join(20)


def test_they_agree_on_the_largest_number_again_and_again():
  group, found = Group(3), [[], [], []]

  def agree(index):
    for question in range(50):
      found[index].append(group.lines[index].most((index + question) % 3 + question))

  all_of(agree, 3)
  assert found == [[question + 2 for question in range(50)]] * 3


def test_who_comes_last_is_waited_for():
  group, passed = Group(2), []

  def come(index):
    time.sleep(0.5 * index)
    group.lines[index].most(0)
    passed.append(time.monotonic())

  begun = time.monotonic()
  all_of(come, 2)
  assert min(passed) >= begun + 0.5


@pytest.mark.parametrize('gone', [0, 1, 2])
def test_where_one_is_killed_all_others_are_ended_with_one_line(gone):
  group = Group(3)
  others = [index for index in range(3) if index != gone]
  for index in others:
    group.enter(index)
  group.close(gone)
  told = group.told(2)
  assert sorted(told) == others
  line = f'process {gone} of 3 has ended: {GOES_ON}'
  assert list(told.values()) == [[line, lifeline.LOST]] * 2


@pytest.mark.parametrize('silent', [0, 1])
def test_one_that_is_silent_is_lost_to_all(silent, monkeypatch):
  """As where it is stopped, or a cable is cut: its end of the connection stays open."""
  say = lifeline.Line._say
  monkeypatch.setattr(
    lifeline.Line, '_say', lambda line, *words: None if line._index == silent else say(line, *words)
  )
  group = Group(3)
  others = [index for index in range(3) if index != silent]
  for index in others:
    group.enter(index)
  told = group.told(2)
  assert told.keys() == set(others)
  assert {line for line, _ in told.values()} == {
    f'process {silent} of 3 has given no sign of life for 0.3 s: {GOES_ON}'
  }


def test_seconds_in_which_this_process_is_stopped_are_not_held_against_others(monkeypatch):
  """As of a laptop that sleeps, or a job that is suspended: all are stopped, and all go on."""
  group = Group(2)
  with group.watched(0), contextlib.ExitStack() as stack:
    stack.enter_context(group.watched(1))
    clock, jump = time.monotonic, 3600
    monkeypatch.setattr(lifeline.time, 'monotonic', lambda: clock() + jump)
    time.sleep(3 * SILENCE)
    assert group.ended.empty()
    other = threading.Thread(target=stack.close)
    other.start()
  other.join()


def test_one_that_is_interrupted_gives_the_others_its_status():
  group = Group(2)
  group.enter(0)
  with pytest.raises(KeyboardInterrupt), group.watched(1):
    raise KeyboardInterrupt
  assert group.told(1) == {0: [f'process 1 of 2 was interrupted: {GOES_ON}', 143]}


def test_one_that_fails_says_so_to_the_others():
  group = Group(2)
  group.enter(0)
  with pytest.raises(errors.UserError, match='mine'), group.watched(1):
    raise errors.UserError('mine')
  assert group.told(1) == {0: [f'process 1 of 2 has ended with an error: {GOES_ON}', lifeline.LOST]}


def test_an_error_that_the_loss_of_another_has_caused_is_not_what_is_told():
  """As of a collective whose connection is closed."""
  group = Group(2)

  def collect():
    group.close(1)
    raise ValueError('connection closed')

  with pytest.raises(ValueError, match='closed'), group.watched(0):
    collect()
  assert group.told(1) == {0: [f'process 1 of 2 has ended: {GOES_ON}', lifeline.LOST]}


def test_what_ends_all_is_told_by_each_in_its_own_words():
  """The others are ended only after a while, in which the same error may come to them."""
  group, told, both = Group(2), [], threading.Barrier(2)

  def find(index):
    both.wait()
    raise errors.UserError(f'too large, says {index}')

  def fail(index):
    with pytest.raises(errors.UserError) as error, group.watched(index):
      find(index)
    told.append(str(error.value))

  all_of(fail, 2)
  time.sleep(3 * lifeline.GRACE)
  assert sorted(told) == ['too large, says 0', 'too large, says 1']
  assert group.ended.empty()


def test_at_the_end_they_wait_for_each_other_and_may_go():
  group, gone = Group(2), []

  def train(index):
    with group.watched(index):
      time.sleep(0.3 * index)
    gone.append(index)

  all_of(train, 2)
  assert sorted(gone) == [0, 1]
  group.close(1)
  time.sleep(3 * lifeline.GRACE)
  assert group.ended.empty()
  with pytest.raises(errors.UserError, match='process 1 of 2 has ended'), group.watched(0):
    pass
