"""Several programs at once on this machine: each process has its share of the cores and of the GPUs."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from multiprocessing import connection

from gan_jax.training.interrupt import Interrupt
from gan_jax.training.sweep import orders
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.shares import Share, confined
from gan_jax.training.sweep.together import Group

TICK = 0.2  # seconds from one look at a signal to the next
LAST = 10.0  # seconds that a process has to end


class Worker:
  """A process that carries out Orders, one after another."""

  def __init__(self, share: Share):
    context = multiprocessing.get_context('spawn')  # a fork would share what libraries have begun
    self.pipe, theirs = context.Pipe()
    self.process = context.Process(target=serve, args=(theirs,), daemon=True)
    with confined(share):
      self.process.start()
    theirs.close()


class Workers:
  """A crew, see runner.Here: a Worker of each Share. One that dies fails its trials, and is replaced."""

  folds = True

  def __init__(self, shares: Sequence[Share]):
    self._shares, self._idle, self._busy = list(shares), {}, {}
    self._stop, self._told = Interrupt(), False
    self.size = len(shares)

  def __enter__(self):
    self._stop.__enter__()
    return self

  def __exit__(self, *_):
    self._stop.__exit__()
    busy = [worker for worker, _, _ in self._busy.values()]
    for worker in self._idle.values():
      worker.pipe.close()  # it ends by itself
    for worker in busy:
      worker.process.terminate()
    for worker in (*self._idle.values(), *busy):
      worker.process.join(LAST)
      worker.process.kill()

  @property
  def busy(self) -> bool:
    """Whether anything runs."""
    return bool(self._busy)

  @property
  def free(self) -> bool:
    """Whether one more may begin."""
    return len(self._busy) < self.size and not self._stop

  def begin(self, group: Group, folder: Folder, sure: bool) -> None:
    """A worker begins with a group."""
    share = next(share for share in self._shares if share not in self._busy)
    worker = self._idle.pop(share, None)
    if worker is None or not worker.process.is_alive():  # it may have died since
      worker = Worker(share)
    self._busy[share] = worker, group, folder
    worker.pipe.send(orders.of(group, folder, sure))

  def ended(self) -> tuple[Group, list[Group] | None]:
    """(a group that has ended, what attempts.attempt says of it), as soon as there is one."""
    by_pipe = {worker.pipe: share for share, (worker, _, _) in self._busy.items()}
    while not (ready := connection.wait(list(by_pipe), TICK)):
      if self._stop and not self._told:
        self._told = True
        for worker, _, _ in self._busy.values():
          worker.process.terminate()  # they save what they have
    share = by_pipe[ready[0]]
    worker, group, folder = self._busy.pop(share)
    try:
      more = worker.pipe.recv()
      self._idle[share] = worker
    except (EOFError, ConnectionResetError):
      worker.process.join(LAST)
      why = f'its process died (status {worker.process.exitcode}); the log of the system may tell why'
      return group, None if self._stop else orders.lost(group, folder, why)
    return group, orders.groups(group, more)


def serve(pipe: connection.Connection) -> None:
  """Carries out what comes through a pipe, until it is closed or the process on its other side is gone."""
  os.setpgrp()  # Ctrl-C on the terminal is for the process that gives orders; it tells the others
  threading.Thread(target=_follow, daemon=True).start()
  with contextlib.suppress(EOFError):
    while True:
      pipe.send(orders.carry_out(pipe.recv()))


def _follow():
  """Saves what is being trained when nobody is there any more who asked for it."""
  multiprocessing.parent_process().join()
  os.kill(os.getpid(), signal.SIGTERM)
