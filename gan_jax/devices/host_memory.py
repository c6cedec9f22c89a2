"""What a training process sets up once: it keeps the memory it frees, and the programs it compiles.

A step on a CPU takes hundreds of megabytes and frees them again. glibc gives such blocks back to the system,
and the next step pays for each page once more: a third of the time of a small DCGAN's step.
"""

import ctypes
import sys
from pathlib import Path

import jax
from ml_collections import ConfigDict

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8  # mallopt(3)
SECONDS = 0.3  # compilations that take less are not kept


def prepare(config: ConfigDict) -> None:
  """Call it before all that makes arrays or programs: threads that exist by then are not reached."""
  keep_freed()
  keep_compiled(config.parallel.compilation_cache)


def keep_freed() -> None:
  """Tells glibc, before there are threads, to keep up to 2 GB of freed memory; elsewhere does nothing."""
  if not sys.platform.startswith('linux'):
    return
  mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)  # musl has none
  if mallopt:
    mallopt(M_ARENA_MAX, 1)  # other arenas cannot grow beyond 64 MB
    mallopt(M_MMAP_MAX, 0)
    mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def keep_compiled(folder: str) -> None:
  """Keeps compiled programs in `folder` for later processes; '' for none, JAX_COMPILATION_CACHE_DIR first."""
  if not folder or jax.config.jax_compilation_cache_dir or refuses_its_own():
    return
  jax.config.update('jax_compilation_cache_dir', str(Path(folder).expanduser()))
  jax.config.update('jax_persistent_cache_min_compile_time_secs', SECONDS)


def refuses_its_own() -> bool:
  """Whether this is a CPU for which XLA refuses the programs that it has kept, with a page of text for each.

  It is so on Intel's with AVX-512: https://github.com/openxla/xla/issues/44565.
  """
  file = Path('/proc/cpuinfo')
  if jax.default_backend() != 'cpu' or not file.exists():
    return False
  facts = file.read_text()
  return 'GenuineIntel' in facts and 'avx512f' in facts
