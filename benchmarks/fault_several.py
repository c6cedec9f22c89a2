"""Attacks on one of several processes of a run: the others end in seconds, and all go on to the same end."""

import contextlib
import itertools
import signal
import socket
import subprocess
import threading
import time

from benchmarks import fault_processes
from gan_jax.devices.lifeline import LOST

WORDS = ('toy_ring:test', *fault_processes.SHORT, 'train.batch_size=24')
COUNTS = (2, 3)
BOUND = 15.0  # seconds in which all others have ended
DONE = 6.0  # seconds in which one that was done already ends with 0
KILLED, STOPPED, CUT, TOLD = 'killed', 'stopped', 'cut off', 'SIGTERM'


def several(place, rng, words=WORDS, counts=COUNTS, ways=(KILLED, STOPPED, CUT, TOLD)):
  """Attacks a process, any of them, at a random instant after they have met; then starts all of them again.

  Gives (what happened, whether it was right).
  """
  straight = {}
  for trial in itertools.count():
    count, way = counts[trial % len(counts)], rng.choice(ways)
    if count not in straight:
      straight[count] = finished(words, place / f'straight_{count}', count)
    seconds, wanted = straight[count]
    folder, victim = place / f'{trial}', rng.randrange(count)
    what, right = attacked(words, folder, count, victim, way, rng.uniform(0, 0.9) * seconds)
    _, made = finished(words, folder, count)
    equal = made == wanted
    yield f'one {what}, {"then equal bit for bit" if equal else f"then DIFFERENT ({trial})"}', right and equal


def attacked(words, folder, count, victim, way, seconds):
  """(what the others did, whether they should) after an attack on one, `seconds` after they have met."""
  with started(words, folder, count, victim if way == CUT else None) as (group, cut):
    met(group, folder)
    time.sleep(seconds)
    if all(process.poll() is not None for process in group):
      return 'had ended before', not any(process.returncode for process in group)
    begun = time.monotonic()
    {
      KILLED: group[victim].kill,
      STOPPED: lambda: group[victim].send_signal(signal.SIGSTOP),
      CUT: cut.set,
      TOLD: group[victim].terminate,
    }[way]()
    left = [process for k, process in enumerate(group) if way in (CUT, TOLD) or k != victim]
    wrong = [said for process in left if (said := ended(process, begun, 143 if way == TOLD else LOST))]
    took = time.monotonic() - begun
    if way == STOPPED and not wrong:
      group[victim].send_signal(signal.SIGCONT)
      wrong += [said for said in [ended(group[victim], time.monotonic(), LOST)] if said]
  return (f'{way}: {wrong[0]}', False) if wrong else (f'{way}: ended in {BOUND:.0f} s', took < BOUND)


def ended(process, begun, status):
  """What was wrong with the end of a process; '' if nothing was."""
  try:
    _, told = process.communicate(timeout=max(1, 4 * BOUND - (time.monotonic() - begun)))
  except subprocess.TimeoutExpired:
    return 'another hung'
  took = time.monotonic() - begun
  if took > BOUND:
    return f'another ended after {took:.0f} s'
  if process.returncode == 0 and took > DONE:
    return f'another went on, and ended after {took:.0f} s'
  if process.returncode not in (status, 0) or 'Traceback' in told or ' @ ' in told:
    return f'another ended with {process.returncode}: {told.strip()[-300:]}'
  return ''


def finished(words, folder, count):
  """(seconds from their meeting on, what a run has made) of so many processes to their end."""
  with started(words, folder, count) as (group, _):
    begun = met(group, folder)
    told = [process.communicate(timeout=fault_processes.LIMIT)[1] for process in group]
  wrong = [text for process, text in zip(group, told, strict=True) if process.returncode]
  return time.monotonic() - begun, wrong[0][-2000:] if wrong else fault_processes.made(folder, told[0])


def met(group, folder):
  """When the processes had met, or one had ended."""
  while not (folder / 'lock').exists() and all(process.poll() is None for process in group):
    time.sleep(0.05)
  return time.monotonic()


@contextlib.contextmanager
def started(words, folder, count, apart=None):
  """(the processes, an Event that cuts process `apart` off from process 0, of whom it hears by a relay)."""
  port, cut = free_port(), threading.Event()
  with contextlib.ExitStack() as stack:
    group = []
    for index in range(count):
      there = stack.enter_context(relay(port, cut)) if index and apart in (0, index) else port
      own = f'coordinator=localhost:{there}', f'num_processes={count}', f'process_id={index}'
      words_of_one = (*words, *(f'parallel.{word}' for word in own), 'parallel.timeout_s=400')
      group.append(fault_processes.start(words_of_one, folder))
    try:
      yield group, cut
    finally:
      for process in group:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def relay(port, cut):
  """A port from which all is passed on to another, and back, until `cut` is set; nothing is closed then."""

  def accept():
    with contextlib.suppress(OSError):
      while True:
        near = server.accept()[0]
        try:
          far = socket.create_connection(('localhost', port))
        except OSError:
          near.close()
          continue
        for ends in ((near, far), (far, near)):
          threading.Thread(target=pass_on, args=ends, daemon=True).start()

  def pass_on(source, target):
    with contextlib.suppress(OSError):
      while said := source.recv(65_536):
        if cut.is_set():
          threading.Event().wait()
        target.sendall(said)
      if not cut.is_set():
        target.shutdown(socket.SHUT_RDWR)

  with socket.create_server(('localhost', 0)) as server:
    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1]


def free_port():
  with socket.socket() as server:
    server.bind(('localhost', 0))
    return server.getsockname()[1]
