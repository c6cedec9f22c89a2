"""Several processes that train together: they meet, JAX is told of them, and they stay tied to each other."""

import atexit
import contextlib
import functools
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import jax
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.devices import rendezvous, tunnel
from gan_jax.devices.handshake import TUNNEL, Refused
from gan_jax.devices.lifeline import Line, ended

TOKEN = 'token'  # the file in a run's folder with the secret of its processes, while they meet
LEAVING = 5.0  # seconds in which all let go of each other, when all is done
NEVER = 86_400  # seconds of silence after which JAX would end a process: lifeline.py does before
_lines = []  # that of this process, once there are others


def line() -> Line | None:
  """The ties of this process to the others; None where there are none, or that this file has not joined."""
  return _lines[0] if _lines else None


def leave(status: int = 0) -> None:
  """Lets go of the other processes, when all is done, or ends this one with its exit status.

  JAX would wait five minutes for one that is lost now.
  """
  if not line():
    return

  def let_go():
    with contextlib.suppress(RuntimeError):  # another has gone meanwhile
      jax.distributed.shutdown()

  leaving = threading.Thread(target=let_go, daemon=True)
  leaving.start()
  leaving.join(LEAVING)
  if leaving.is_alive():
    ended(status)


@contextlib.contextmanager
def joined(
  options: ConfigDict, folder: Path, end: Callable[[str, int], None], signalled: Callable[[], int]
) -> Iterator[None]:
  """A context in which the others of the run in `folder` are there, where config.parallel says so.

  It is entered before all else of jax. `coordinator` is host:port of process 0, or 'auto' where SLURM,
  Kubernetes or a TPU pod tells all of it; `end` and `signalled` are those of Line.watched. Raises UserError
  if they have not all come within `timeout_s` seconds.
  """
  with contextlib.ExitStack() as stack:
    if options.coordinator and not jax.distributed.is_initialized():
      address, count, index, devices = asked(options)
      with _met(options, folder, address, count, index) as (new, place):
        _lines[:] = [new]
        stack.enter_context(new.watched(end, signalled))
        _tell_jax(options, place, count, index, devices)
    elif line():
      stack.enter_context(line().watched(end, signalled))
    yield


def asked(options: ConfigDict) -> tuple[str, int, int, Sequence[int] | None]:
  """(address of process 0, how many processes, which this is, its devices or None). Raises UserError."""
  from jax._src.clusters import ClusterEnv  # what jax.distributed.initialize asks

  given = options.coordinator, options.num_processes, options.process_id
  if options.coordinator == 'auto':
    given = None, None, None
  elif not 0 <= options.process_id < options.num_processes:
    raise errors.UserError(
      f'parallel.process_id={options.process_id} must be in 0 to parallel.num_processes - 1'
      f' = {options.num_processes - 1}'
    )
  try:
    told = ClusterEnv.auto_detect_unset_distributed_params(*given, None, None, options.timeout_s)
  except (RuntimeError, ValueError, OSError) as error:
    raise errors.UserError(f'parallel.coordinator=auto: {_line(error)}') from error
  if None in told[:3]:
    raise errors.UserError('parallel.coordinator=auto: no SLURM, Kubernetes, MPI or TPU pod is there to tell')
  return told


@contextlib.contextmanager
def _met(options, folder, address, count, index):
  """(Line, the socket of JAX's service) when all are there; within the context JAX can be told of them."""
  with tempfile.TemporaryDirectory() as private:
    place = Path(private) / 'jax'
    if index == 0:
      secret = _secret(options.token)
      with (
        rendezvous.Door(address, secret, count, place) as door,  # only one has it, and may say its secret
        contextlib.nullcontext() if options.token else _told(secret, folder),
      ):
        yield Line(0, count, door.lines(options.timeout_s), options.silence_s), place
      return
    me = address, functools.partial(_read, options.token, folder), index, count, options.timeout_s
    new = Line(index, count, {0: rendezvous.come(*me)}, options.silence_s)
    with tunnel.dug(place, functools.partial(rendezvous.knock, *me, TUNNEL)):
      yield new, place


def _tell_jax(options, place, count, index, devices):
  jax.config.update('jax_enable_preemption_service', False)  # it takes SIGTERM, and tells nobody
  try:
    jax.distributed.initialize(
      f'unix:{place}',
      count,
      index,
      devices,
      'deactivate',
      initialization_timeout=options.timeout_s,
      heartbeat_timeout_seconds=NEVER,
      coordinator_bind_address=f'unix:{place}',
    )
    atexit.register(leave)  # before JAX does
  except (RuntimeError, ValueError) as error:
    raise errors.UserError(f'parallel.coordinator={options.coordinator}: {_line(error)}') from error


def _secret(token):
  """That of process 0: the token that was told, or a new one."""
  return token.encode() or secrets.token_hex().encode()


@contextlib.contextmanager
def _told(secret, folder):
  """A context in which the run's folder has the secret of process 0."""
  file = folder / TOKEN
  partial = file.with_name(f'{TOKEN}.{os.getpid()}')
  try:
    folder.mkdir(parents=True, exist_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as opened:
      opened.write(secret)
    partial.replace(file)
  except OSError as error:
    raise errors.UserError(f'{file} cannot be written: {error.strerror}') from error
  try:
    yield
  finally:
    file.unlink(missing_ok=True)


def _read(token, folder):
  """That of another process. Raises Refused while it is not there."""
  if token:
    return token.encode()
  try:
    return (folder / TOKEN).read_bytes()
  except OSError:
    raise Refused(
      f'process 0 has put no {folder / TOKEN} there: where hosts do not share this folder, set parallel.token'
    ) from None


def _line(error):
  return str(error).strip().partition('\n')[0]
