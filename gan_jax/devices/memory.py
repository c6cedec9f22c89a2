"""How much memory there is, how much a program takes, and what is told when it does not suffice."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import jax

from gan_jax import errors


def needed(program: jax.stages.Compiled) -> int:
  """The bytes that a program takes besides its arguments, from what is `free`; 0 where that is not known."""
  asked = program.memory_analysis()
  if asked is None:
    return 0
  sharing = jax.local_device_count() if jax.default_backend() == 'cpu' else 1
  return sharing * (asked.temp_size_in_bytes + asked.output_size_in_bytes - asked.alias_size_in_bytes)


def free() -> int:
  """Bytes that the first device can still give, or 0 where that is not known."""
  stats = jax.local_devices()[0].memory_stats()
  if stats and 'bytes_limit' in stats:
    return stats['bytes_limit'] - stats['bytes_in_use']
  file = Path('/proc/meminfo')
  lines = dict(line.split(':') for line in file.read_text().splitlines()) if file.exists() else {}
  return int(lines['MemAvailable'].split()[0]) * 1024 if 'MemAvailable' in lines else 0


@contextlib.contextmanager
def exhausted(remedy: str) -> Iterator[None]:
  """A context in which it is a TooLarge, which says the remedy, if a device has no memory left."""
  try:
    yield
  except jax.errors.JaxRuntimeError as error:
    if 'RESOURCE_EXHAUSTED' not in str(error):
      raise
    raise errors.TooLarge(f'out of memory: {remedy}') from error
