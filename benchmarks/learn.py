"""A run from its first step, or its last checkpoint, to its end: for benchmarks that train."""

import time

from gan_jax.training import loop


def learn(config, run, notice=print):
  """Seconds that the run takes, with its pictures and scores. Raises KeyboardInterrupt if it was stopped."""
  begun = time.perf_counter()
  _, finished = loop.train(config, run, notice)
  if not finished:
    raise KeyboardInterrupt
  return time.perf_counter() - begun
