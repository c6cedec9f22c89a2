"""A sweep on a cluster through Ray, whose scheduler places programs; those of a lost node go on elsewhere.

All nodes see the folder of the sweep. What Ray carries are Orders; all else is in the folders of the runs.
"""

import pickle
import socket
import sys
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm

import gan_jax
from gan_jax import errors
from gan_jax.training.interrupt import Interrupt
from gan_jax.training.sweep import orders, shares
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.together import Group

MISSING = 'Ray is not installed: pip install -c constraints.txt -r requirements-sweep.txt'
ROOT = str(Path(gan_jax.__file__).parents[1])
KINDS = {'num_cpus': 'CPU', 'num_gpus': 'GPU'}  # as a task asks for them, and as a cluster has them
LOST = 20  # times that a program may lose its node, or its process, or come to a node that cannot begin it
PATIENCE, TICK = 5.0, 1.0  # seconds: for an address to answer; from one look at a signal to the next


class Cluster:
  """A crew, see runner.Here, of Ray's nodes; each program takes so many cores and GPUs, or parts of one."""

  folds = False  # Ray places trial by trial

  def __init__(self, address: str, cpus: float | None = None, gpus: float | None = None):
    """`address` is 'auto', of the cluster of this machine, or HOST:PORT. Raises UserError."""
    self._ray, self._refs = imported(), {}
    self._address, self._resources = address, {'num_cpus': cpus or 1, 'num_gpus': gpus}
    self._stop, self._told, self._made = Interrupt(), False, False
    check(address)

  def __enter__(self):
    try:
      self._ray.init(self._address, log_to_driver=False, logging_level='ERROR')
    except (ConnectionError, RuntimeError, ValueError) as error:
      why = (str(error).strip().splitlines() or ['?'])[0]
      raise errors.UserError(f'--ray={self._address}: no cluster answers ({why}); ray start --head') from None
    self._needed = self._needs()
    self._task = self._ray.remote(max_retries=LOST, retry_exceptions=True, **self._needed)(on_a_node(ROOT))
    self._stop.__enter__()
    return self

  def __exit__(self, *_):
    self._stop.__exit__()
    self._ray.shutdown()

  @property
  def size(self) -> int:
    """Programs for which there are cores and GPUs."""
    there = self._ray.cluster_resources()
    wanted = {key: self._needed[name] for name, key in KINDS.items() if self._needed[name]}
    return max(1, min(int(there.get(key, 0) // each) for key, each in wanted.items()))

  @property
  def busy(self) -> bool:
    """Whether anything has begun that has not ended."""
    return bool(self._refs)

  @property
  def free(self) -> bool:
    """Whether Ray is to be told of one more: as many may wait in its line as run."""
    return len(self._refs) < 2 * self.size and not self._stop

  def begin(self, group: Group, folder: Folder, sure: bool) -> None:
    """Hands a group to Ray."""
    self._refs[self._task.remote(pickle.dumps(orders.of(group, folder, sure)))] = group, folder

  def ended(self) -> tuple[Group, list[Group] | None]:
    """(a group that has ended, what attempts.attempt says). Raises UserError where no node can do it."""
    while not (ready := self._ray.wait(list(self._refs), timeout=TICK)[0]):
      if self._stop and not self._told:
        self._told = True
        for ref in self._refs:
          self._ray.cancel(ref)  # what runs saves what it has
    group, folder = self._refs.pop(ready[0])
    try:
      more = orders.groups(group, self._ray.get(ready[0]))
      self._made = True
      return group, more
    except self._ray.exceptions.RayError as error:
      if self._stop:
        return group, None
      if isinstance(error, self._ray.exceptions.RayTaskError):  # trials that fail do not raise: a node does
        return group, self._refused(group, error.cause)
      return group, orders.lost(group, folder, f'Ray: {error}')

  def _refused(self, group, error):
    """What comes of a group that no node could begin, as often as Ray has tried: others could, if any did."""
    if not self._made:
      raise errors.UserError(f'on a node: {error!r}')
    tqdm.write(
      f'{group.trials[0].name}: not made, on a node: {error!r}; the same command tries again', file=sys.stderr
    )
    return []

  def _needs(self):
    """What a program takes: of GPUs one where nothing is said, and there is any."""
    given = self._resources['num_gpus']
    gpus = min(1, self._ray.cluster_resources().get('GPU', 0)) if given is None else given
    needs = {**self._resources, 'num_gpus': gpus}
    if gpus > 1 and gpus % 1:
      raise errors.UserError(f'--gpus={gpus:g}: a part of one, or whole ones')
    for name, key in KINDS.items():
      most = max(node['Resources'].get(key, 0) for node in self._ray.nodes() if node['Alive'])
      if needs[name] > most:
        raise errors.UserError(f'--{name[4:]}={needs[name]:g}: no node of the cluster has more than {most:g}')
    return {**needs, 'runtime_env': {'env_vars': shares.memory(gpus)}} if 0 < gpus < 1 else needs


def on_a_node(root: str) -> Callable[[bytes], Any]:
  """What carries out a pickled Order with the code in the folder `root`, whatever a node has installed.

  Ray sends a function within another by value, and so needs nothing of this code to call it.
  """

  @typing.no_type_check  # what checks types could not be sent
  def carry_out(order):
    import pickle
    import sys

    if root not in sys.path[:1]:
      sys.path.insert(0, root)
    from gan_jax.training.sweep import orders

    return orders.carry_out(pickle.loads(order))

  return carry_out


def imported() -> Any:
  """Ray. Raises UserError where it is not installed."""
  try:
    import ray
  except ImportError:
    raise errors.UserError(MISSING) from None
  return ray


def check(address: str) -> None:
  """Raises UserError for an address that nothing listens at; Ray itself would wait for a minute."""
  if address in ('auto', 'local'):
    return
  host, _, port = address.rpartition('://')[2].rpartition(':')
  if not host or not port.isdecimal():
    raise errors.UserError(f'--ray={address}: auto, or an address HOST:PORT')
  try:
    socket.create_connection((host, int(port)), PATIENCE).close()
  except (OSError, OverflowError) as error:
    raise errors.UserError(f'--ray={address}: nothing answers there ({error})') from None
