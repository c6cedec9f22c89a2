"""Keeps freed memory in the process, so that a step's scratch space is not fetched from the system each time.

A step on a CPU takes hundreds of megabytes and frees them again. glibc gives such blocks back to the system,
and the next step pays for each page once more: a third of the time of a small DCGAN's step.
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8  # mallopt(3)


def keep_freed():
  """Tells glibc to keep up to 2 GB of freed memory; elsewhere does nothing. Call it before large arrays."""
  if not sys.platform.startswith('linux'):
    return
  mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)  # musl has none
  if mallopt:
    mallopt(M_ARENA_MAX, 1)  # other arenas cannot grow beyond 64 MB
    mallopt(M_MMAP_MAX, 0)
    mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
