"""benchmarks.accelerator and .repeats: what is measured, what is told of rows that fail, what differs."""

import json

import jax
import numpy as np
import pytest

from benchmarks import accelerator, repeats, report, works
from gan_jax import configs, errors, gans
from gan_jax.runs.folder import Run
from gan_jax.training import setup

SHORT = ('--small', '--rounds=1', '--seconds=0.01')


@pytest.mark.long
@pytest.mark.parametrize('name', [name for name in accelerator.ROWS if not name.startswith('toys')])
def test_every_row_runs_small(name, tmp_path):
  file = tmp_path / 'accelerator.json'
  assert accelerator.main([f'--rows={name}', *SHORT, f'--out={file}']) == 0
  record = json.loads(file.read_text())
  assert [row['row'] for row in record['rows']] == [name]
  assert record['without'] == []


def test_that_pytorch_is_missing_is_told_at_once(monkeypatch, capsys):
  monkeypatch.setattr(report.importlib.util, 'find_spec', lambda name: None)
  with pytest.raises(SystemExit):
    accelerator.main(['--against=torch'])
  assert 'PyTorch is not installed: pip install' in capsys.readouterr().err


@pytest.mark.long
def test_a_row_tells_speed_compilation_and_memory(tmp_path, capsys):
  file = tmp_path / 'accelerator.json'
  assert accelerator.main(['--rows=toys_16', *SHORT, f'--out={file}']) == 0
  (row,) = json.loads(file.read_text())['rows']
  assert row['examples'] == 16 * 256
  assert min(row['seconds']['gan_jax'], row['compile_seconds'], row['bytes'], row['operations']) > 0
  assert row['peak_share'] is None  # of a CPU
  assert 'toys_16' in capsys.readouterr().out


def test_rows_that_fail_or_come_too_late_are_told_of(tmp_path, monkeypatch, capsys):
  def measure(row, flags):
    raise RuntimeError('out of memory\nmore of it')

  monkeypatch.setattr(accelerator, 'measure', measure)
  file = tmp_path / 'accelerator.json'
  accelerator.main(['--rows=toys_16,toys_256', *SHORT, f'--out={file}'])
  assert json.loads(file.read_text())['without'] == ['toys_16', 'toys_256']
  assert 'without toys_16, toys_256' in capsys.readouterr().out
  accelerator.main(['--rows=toys_16', '--minutes=1e-9', *SHORT, f'--out={file}'])
  assert json.loads(file.read_text()) | {'rows': [], 'without': ['toys_16']} == json.loads(file.read_text())


def test_the_share_is_of_the_peak_of_a_known_device(monkeypatch):
  class Device:
    device_kind = 'NVIDIA H100 80GB HBM3'

  monkeypatch.setattr(accelerator.jax, 'devices', lambda: [Device])
  assert accelerator.share(98.94e12, 'bf16') == pytest.approx(0.1)
  assert accelerator.share(6.69e12, 'fp32') == pytest.approx(0.1)


def test_states_differ_by_the_arrays_that_do():
  one = {'a': np.array([1.0, np.nan]), 'b': np.array([2.0])}
  assert repeats.difference(one, one) == {'arrays': 2, 'differing': 0, 'most': 0.0}
  other = {**one, 'b': np.array([2.5])}
  assert repeats.difference(one, other) == {'arrays': 2, 'differing': 1, 'most': 0.5}


def test_a_run_that_fails_or_ends_too_soon_is_told_of(tmp_path):
  words = ['python', '-c', 'print("no such thing"); raise SystemExit(3)']
  with pytest.raises(errors.UserError, match='no such thing'):
    repeats.kill(words, Run(tmp_path / 'killed'), 10)
  with pytest.raises(errors.UserError):
    repeats.finish(words, Run(tmp_path / 'finished'))


@pytest.mark.parametrize('name', ['stargan', 'dcgan_digits'])
def test_random_examples_are_what_a_game_reads(name):
  config = configs.get(f'{name}:test', {}, lambda _: None)
  dataset = works.dataset(config, 4 * config.train.batch_size)
  experiment = setup.make(config, dataset.spec(gans.reads_conditions(config)))
  state = jax.eval_shape(experiment.init, 0)
  after, _ = jax.eval_shape(experiment.train_step(), state, dataset)
  assert jax.tree.structure(after) == jax.tree.structure(state)
