"""Where the time and the memory go: a trace of some steps, and the most memory that was held."""

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax


class Profiler:
  """A context in which `steps` steps are traced, after those that compile; Perfetto opens the trace."""

  def __init__(self, folder: Path, steps: int, notice: Callable = print):
    self._folder, self._left, self._notice = folder, steps, notice
    self._warm = self._on = False

  def before(self) -> None:
    """Call it before a dispatch."""
    if self._warm and self._left > 0 and not self._on:
      jax.profiler.start_trace(self._folder, create_perfetto_trace=True)
      self._on = True
    self._warm = True

  def after(self, state: Any, count: int) -> None:
    """Call it after a dispatch of `count` steps."""
    if self._on:
      self._left -= count
      jax.block_until_ready(state)
      if self._left <= 0:
        self.__exit__()

  def __enter__(self):
    return self

  def __exit__(self, *_):
    if self._on:
      jax.profiler.stop_trace()
      self._on = False
      self._notice(f'trace: {self._folder} (tensorboard --logdir, or its *.gz in ui.perfetto.dev)')


def peak_memory() -> dict[str, int]:
  """The most bytes held so far, {'host_peak_bytes', 'device_peak_bytes' where the device tells}."""
  unit = 1 if sys.platform == 'darwin' else 1024
  peaks = {'host_peak_bytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
  stats = jax.local_devices()[0].memory_stats() or {}
  if 'peak_bytes_in_use' in stats:
    peaks['device_peak_bytes'] = stats['peak_bytes_in_use']
  return peaks
