"""Freed memory stays in the process: the next block of its size costs no page faults."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource
import numpy as np
from gan_jax.devices import host_memory
if {keep}:
  host_memory.keep_freed()
np.ones(2**24)  # 128 MB, freed at once
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(keep):
  done = subprocess.run([sys.executable, '-c', FAULTS.format(keep=keep)], capture_output=True, check=True)
  return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='only glibc can be told so')
def test_memory_that_was_freed_is_used_again():
  assert faults(keep=True) < 10 < faults(keep=False)
