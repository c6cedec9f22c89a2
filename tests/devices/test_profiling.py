"""A trace is there when it was asked for; the memory told is the process's."""

import os
import signal
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest
from conftest import ROOT

from gan_jax.devices import profiling
from gan_jax.runs import folder as runs
from gan_jax.training import interrupt, loop


@pytest.mark.long
def test_steps_are_traced_once_all_is_compiled(tiny, tmp_path):
  told = []
  config = tiny('train.num_steps=6', 'train.steps_per_dispatch=2', 'sample.every=0', 'checkpoint.every=0')
  loop.train(config, runs.Run(tmp_path / 'run'), told.append, profile=1)
  assert [file.stat().st_size > 0 for file in tmp_path.rglob('perfetto_trace.json.gz')] == [True]
  assert any('perfetto' in line for line in told)


@pytest.mark.long
def test_a_signal_while_the_trace_is_written_finds_all_saved(tiny, tmp_path, monkeypatch):
  config = tiny('train.num_steps=4', 'train.steps_per_dispatch=2', 'sample.every=0', 'checkpoint.every=0')
  run, told, usual = runs.Run(tmp_path / 'run'), [], jax.profiler.stop_trace

  def stopped():
    os.kill(os.getpid(), signal.SIGTERM)
    usual()

  with monkeypatch.context() as patch:
    patch.setattr(jax.profiler, 'stop_trace', stopped)
    with pytest.raises(KeyboardInterrupt):
      loop.train(config, run, told.append, profile=100)
  assert interrupt.status() == 143
  interrupt._first.clear()
  assert [path.name for path in run.checkpoints.iterdir() if path.is_dir()] == ['4']
  assert not run.figures.exists()
  _, finished = loop.train(config, run, told.append)
  assert finished
  assert f'{run.folder}: resumed at step 4' in told
  assert run.figures.is_dir()


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
