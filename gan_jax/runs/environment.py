"""What the bits of a run depend on, and what is needed to repeat it: versions, devices, the commit."""

import functools
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

import jax

PACKAGES = ('jax', 'jaxlib', 'flax', 'optax', 'orbax-checkpoint', 'numpy')


def environment() -> dict[str, str | int]:
  """{name: version, device, ...} of this process."""
  device = jax.devices()[0]
  versions = {package: importlib.metadata.version(package) for package in PACKAGES}
  return {
    **versions,
    'python': platform.python_version(),
    'device': device.device_kind if device.platform != 'cpu' else f'cpu ({platform.machine()})',
    'devices': jax.device_count(),
    'cores': len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count(),
    'git': git_state(),
  }


@functools.cache  # the code that runs is that which was there when it began
def git_state() -> str:
  """The commit of this code, with '+' if files differ from it; '' where it does not lie in a git checkout."""
  file = Path(__file__)
  call = lambda *words: subprocess.run(
    ['git', '-C', str(file.parent), *words], capture_output=True, text=True, check=True
  ).stdout.strip()
  try:
    call('ls-files', '--error-unmatch', file.name)  # an installed package may lie in somebody else's checkout
    return call('rev-parse', 'HEAD') + ('+' if call('status', '--porcelain', '--untracked-files=no') else '')
  except (OSError, subprocess.CalledProcessError):
    return ''
