"""Who makes the programs of a sweep: this process, several processes of this machine, or a cluster."""

from typing import Any

from gan_jax import errors
from gan_jax.training.sweep import cluster, runner, shares, workers


def choose(cpus: int | None = None, gpus: float | None = None, ray: str | None = None) -> Any:
  """The crew, whose programs take so many cores and GPUs each; see runner.Here. Raises UserError."""
  for name, value in (('cpus', cpus), ('gpus', gpus)):
    if value is not None and not value > 0:
      raise errors.UserError(f'--{name}={value:g}: more than 0')
  if ray is not None:
    return cluster.Cluster(ray, cpus, gpus)
  if cpus is None and gpus is None:
    return runner.Here()
  return workers.Workers(shares.divide(cpus, gpus, shares.cores(), shares.cards()))
