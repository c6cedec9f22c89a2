"""The time between SIGTERM and SIGKILL: whether it is enough is told as soon as it is known, once."""

from gan_jax.training import grace, interrupt


def looking(seconds, size, times, monkeypatch, count=2):
  """(Grace, the lines that are told) after dispatches of so many seconds each."""
  now, told = [0.0], []
  monkeypatch.setattr(grace.time, 'monotonic', lambda: now[0])
  looks = grace.Grace(seconds, size, told.append)
  for took in (0, *times):
    now[0] += took
    looks.dispatched(count)
  return looks, told


def test_a_quick_step_and_a_small_state_are_not_told(monkeypatch):
  looks, told = looking(30, 10**8, [1, 60, 1, 1], monkeypatch)  # of which one waited for a compiler
  looks.saved(0)
  looks.saved(20)
  assert told == []


def test_a_long_step_is_told_once(monkeypatch):
  looks, told = looking(30, 10**8, [20, 20, 21], monkeypatch)
  looks.saved(50)
  (line,) = told
  assert 'may take 41 s, 40 for 4 steps and 1 to write, and checkpoint.grace_s=30' in line


def test_a_slow_disk_is_told_once_it_is_known(monkeypatch):
  looks, told = looking(30, 10**8, [1, 1, 1], monkeypatch)
  looks.saved(40)
  looks.saved(50)
  (line,) = told
  assert '40 to write' in line


def test_a_signal_breaks_off_what_it_may():
  stop = interrupt.Interrupt()
  done = []
  for may in (False, True):
    try:
      with stop.breaking() if may else interrupt.contextlib.nullcontext():
        if not stop:
          stop._note(15, None)
        done.append(may)
    except interrupt.Stopped:
      done.append('broken off')
  interrupt._first.clear()
  assert done == [False, 'broken off']
