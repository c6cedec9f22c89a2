"""Several programs at once on this machine: each process has its share of the cores and of the GPUs."""

import contextlib
import math
import multiprocessing
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from multiprocessing import connection
from typing import NamedTuple

from gan_jax import errors
from gan_jax.training.interrupt import Interrupt
from gan_jax.training.sweep import orders
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.together import Group

TICK = 0.2  # seconds from one look at a signal to the next
MEMORY = 0.9  # of a GPU, for all programs on it together
LAST = 10.0  # seconds that a process has to end


class Share(NamedTuple):
  """What a process has of the machine."""

  cores: tuple[int, ...]
  gpus: tuple[str, ...] = ()  # as CUDA_VISIBLE_DEVICES has them
  part: float = 1.0  # of each GPU

  @property
  def environment(self) -> dict[str, str]:
    """The variables by which JAX takes that much."""
    if not self.gpus:
      return {}
    return {'CUDA_VISIBLE_DEVICES': ','.join(self.gpus), **memory(self.part)}


def memory(part: float) -> dict[str, str]:
  """The variables by which JAX takes so much of a GPU, which others share; {} of a whole one."""
  return {} if part >= 1 else {'XLA_PYTHON_CLIENT_MEM_FRACTION': f'{MEMORY * part:.3f}'}


def shares(cpus: int | None, gpus: float | None, cores: Sequence[int], cards: Sequence[str]) -> list[Share]:
  """The Shares of as many processes as there is room for, of which each has so many cores and GPUs.

  A part of a GPU is given as a fraction. Of GPUs it is one where nothing is said, and there is any; cores are
  divided then. Raises UserError.
  """
  gpus = gpus or (1.0 if cards else None)
  if gpus and (gpus > len(cards) or (gpus > 1 and gpus % 1)):
    raise errors.UserError(f'--gpus={gpus:g}: a part of one, or whole ones; here are {len(cards)} GPUs')
  if cpus and cpus > len(cores):
    raise errors.UserError(f'--cpus={cpus}: there are {len(cores)} cores here')
  each = max(1, int(gpus or 1))
  sets = [tuple(cards[k : k + each]) for k in range(0, len(cards) - each + 1, each)] if gpus else []
  beside = math.floor(1 / gpus + 1e-6) if gpus and gpus < 1 else 1  # programs on one GPU
  places = [one for _ in range(beside) for one in sets]
  count = min(len(cores) // (cpus or 1), len(places) or len(cores))
  each = cpus or len(cores) // count
  return [
    Share(tuple(cores[k * each : (k + 1) * each]), places[k] if places else (), min(gpus or 1.0, 1.0))
    for k in range(count)
  ]


def cores() -> list[int]:
  """The cores that this process may use."""
  if not hasattr(os, 'sched_getaffinity'):
    raise errors.UserError('--cpus pins processes to cores, which this system cannot: leave it out')
  return sorted(os.sched_getaffinity(0))


def cards() -> list[str]:
  """The GPUs that this process may use."""
  if (named := os.environ.get('CUDA_VISIBLE_DEVICES')) is not None:
    return [name for name in named.split(',') if name]
  if not shutil.which('nvidia-smi'):
    return []
  told = subprocess.run(['nvidia-smi', '--list-gpus'], capture_output=True, text=True)
  return [str(k) for k in range(len(told.stdout.splitlines()))]


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

  def __init__(self, shares: Sequence[Share]):
    self._shares, self._idle, self._busy = list(shares), {}, {}
    self._stop, self._told = Interrupt(), False
    self.size = len(shares)

  def __enter__(self):
    self._stop.__enter__()
    return self

  def __exit__(self, *_):
    self._stop.__exit__()
    workers = [*self._idle.values(), *(worker for worker, _, _ in self._busy.values())]
    for worker in workers:
      worker.process.terminate()
    for worker in workers:
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
    worker = self._idle.pop(share, None) or Worker(share)
    self._busy[share] = worker, group, folder
    worker.pipe.send(orders.of(group, folder, sure))

  def ended(self) -> tuple[Group, list[Group] | None]:
    """(a group that has ended, what runner.attempt says of it), as soon as there is one."""
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


@contextlib.contextmanager
def confined(share: Share) -> Iterator[None]:
  """A context in which processes that are started have this share."""
  before, cores = dict(os.environ), os.sched_getaffinity(0)
  os.environ.update(share.environment)
  os.sched_setaffinity(0, share.cores)
  try:
    yield
  finally:
    os.sched_setaffinity(0, cores)
    for name in share.environment:
      os.environ.pop(name)
    os.environ.update(before)
