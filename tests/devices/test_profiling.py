"""A trace is there when it was asked for; the memory told is the process's."""

import subprocess
import sys

import jax.numpy as jnp
import pytest
from conftest import ROOT

from gan_jax.devices import profiling
from gan_jax.runs import folder as runs
from gan_jax.training import loop


@pytest.mark.long
def test_steps_are_traced_once_all_is_compiled(tiny, tmp_path):
  told = []
  config = tiny('train.num_steps=6', 'train.steps_per_dispatch=2', 'sample.every=0', 'checkpoint.every=0')
  loop.train(config, runs.Run(tmp_path / 'run'), told.append, profile=1)
  assert [file.stat().st_size > 0 for file in tmp_path.rglob('perfetto_trace.json.gz')] == [True]
  assert any('perfetto' in line for line in told)


def test_no_trace_unless_asked_for(trained):
  assert not (trained / 'profile').exists()


def test_a_run_shorter_than_the_trace_still_has_one(tmp_path):
  with profiling.Profiler(tmp_path, 10, notice=lambda _: None) as profiler:
    for _ in range(2):
      profiler.before()
      profiler.after(jnp.ones(3) + 1, 1)
  assert list(tmp_path.rglob('perfetto_trace.json.gz'))


@pytest.mark.long
def test_peak_memory_rises_with_what_is_held():
  code = (
    'import numpy as np; from gan_jax.devices import profiling; '
    "peak = lambda: profiling.peak_memory()['host_peak_bytes']; "
    'before = peak(); np.ones(before // 4); print(before, peak())'  # twice the bytes
  )
  done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True, check=True)
  before, after = map(int, done.stdout.split())
  assert 2 * before < after < 4 * before
