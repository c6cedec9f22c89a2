"""How much memory there is, and how much a program could take at most."""

from pathlib import Path

import jax
import jax.extend.core
from jax.extend.core import jaxprs_in_params


def traced_bytes(jaxpr: jax.extend.core.Jaxpr) -> int:
  """The bytes of all that a program computes."""
  own = sum(var.aval.size * var.aval.dtype.itemsize for eqn in jaxpr.eqns for var in eqn.outvars)
  return own + sum(traced_bytes(sub) for eqn in jaxpr.eqns for sub in jaxprs_in_params(eqn.params))


def free() -> int:
  """Bytes that the first device can still give, or 0 where that is not known."""
  stats = jax.local_devices()[0].memory_stats()
  if stats and 'bytes_limit' in stats:
    return stats['bytes_limit'] - stats['bytes_in_use']
  file = Path('/proc/meminfo')
  lines = dict(line.split(':') for line in file.read_text().splitlines()) if file.exists() else {}
  return int(lines['MemAvailable'].split()[0]) * 1024 if 'MemAvailable' in lines else 0
