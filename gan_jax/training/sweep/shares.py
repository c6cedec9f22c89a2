"""Who has which cores and GPUs of this machine, of several programs at once."""

import contextlib
import itertools
import math
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gan_jax import errors

MEMORY = 0.9  # of a GPU, for all programs on it together


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


def divide(cpus: int | None, gpus: float | None, cores: Sequence[int], cards: Sequence[str]) -> list[Share]:
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
  """The GPUs that this process may use, and JAX is to use."""
  platforms = os.environ.get('JAX_PLATFORMS', '')
  if platforms and not {'cuda', 'gpu'} & set(platforms.split(',')):
    return []
  if (visible := os.environ.get('CUDA_VISIBLE_DEVICES')) is not None:
    names = visible.replace(' ', '').split(',')
    return list(itertools.takewhile(lambda name: name not in ('', '-1'), names))  # as CUDA does
  if not shutil.which('nvidia-smi'):
    return []
  told = subprocess.run(['nvidia-smi', '--list-gpus'], capture_output=True, text=True)
  return [str(k) for k in range(len(told.stdout.splitlines()))]


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
