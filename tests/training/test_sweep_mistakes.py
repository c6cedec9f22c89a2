"""What is wrong with a sweep is one line, before anything starts; what a signal stops has its status."""

import signal
import sys
import types

import pytest
from conftest import ROOT

from gan_jax import command_line, errors
from gan_jax.training import interrupt
from gan_jax.training.sweep import whole

GOOD = "sweep.seeds(2); sweep.score('energy_distance')"
SEARCH = "sweep.loguniform('penalty.r1', 0.1, 1); sweep.budget(4); sweep.search('tpe'); " + GOOD


@pytest.fixture
def sweep(tmp_path, monkeypatch):
  """(what get_sweep does, flags...) -> the exit status of its command, in an empty folder."""
  monkeypatch.chdir(tmp_path)

  def call(asks, *flags):
    (tmp_path / 'ask.py').write_text(f'def get_sweep(sweep):\n  {asks}\n')
    config = f'--config={ROOT}/configs/toy_ring.py:test'
    usual = (config, '--config.evaluate.num_images=50', '--mode=sweep', '--sweep=ask.py')
    return command_line.main([*usual, *flags])

  return call


@pytest.mark.parametrize(
  ('asks', 'flags', 'said'),
  [
    ("sweep.grid({'penalty.r11': [1, 2]}); " + GOOD, (), "unknown config field 'penalty.r11'"),
    ("sweep.grid({'penalty.r1': []}); " + GOOD, (), 'sweep.grid has no values'),
    ("sweep.grid({'loss': ['hinge']}); sweep.list([{'loss': 'hinge'}])", (), 'loss is given twice'),
    ("sweep.seeds(2); sweep.score('fid')", (), 'no run of this config writes'),
    ("sweep.seeds(2); sweep.score('modes_coverd')", (), "did you mean 'modes_covered'"),
    ('sweep.budget(0)', (), 'a budget of nothing'),
    ('sweep.budget(hours=0)', (), 'a budget of nothing'),
    ('pass', (), 'asks nothing'),
    ('sweep.sedes(2)', (), "did you mean 'seeds'"),
    ("sweep.stop('asha'); " + GOOD, (), 'needs scores while trials train'),
    (SEARCH, (), 'Optuna is not installed: pip install'),
    (GOOD, ('--ray=auto',), 'Ray is not installed: pip install'),
    (GOOD, ('--cpus=0',), '--cpus=0: more than 0'),
    (GOOD, ('--cpus=4000',), 'cores here'),
    (GOOD, ('--cpus=one',), "invalid int value: 'one'"),
    (GOOD, ('--gpus=4000',), '--gpus=4000: a part of one, or whole ones'),
    (GOOD, ('--slurm=', '--cpus=2'), '--slurm has its own'),
    (GOOD, ('--slurm=',), 'there is no sbatch here'),
    (GOOD, ('--task=3',), '--task=3 is not in'),
  ],
)
def test_a_mistake_is_one_line_before_anything_starts(asks, flags, said, sweep, tmp_path, monkeypatch):
  for module in ('ray', 'optuna'):
    monkeypatch.setitem(sys.modules, module, None)
  monkeypatch.setenv('PATH', '')
  with pytest.raises(errors.UserError) as told:
    sweep(asks, *flags)
  assert said in str(told.value)
  assert '\n' not in str(told.value)
  assert [file.name for file in tmp_path.iterdir() if file.name != '__pycache__'] == ['ask.py']


@pytest.mark.parametrize(
  ('address', 'said'),
  [
    ('127.0.0.1:1', 'nothing answers there'),
    ('ray://127.0.0.1:1', 'nothing answers there'),
    ('127.0.0.1:99999999', 'nothing answers there'),
    ('nowhere', 'auto, or an address HOST:PORT'),
    ('', 'auto, or an address HOST:PORT'),
  ],
)
def test_an_address_that_nothing_listens_at_is_one_line(address, said, sweep, tmp_path, monkeypatch):
  monkeypatch.setitem(sys.modules, 'ray', types.ModuleType('ray'))
  with pytest.raises(errors.UserError, match=said):
    sweep(GOOD, f'--ray={address}')
  assert not (tmp_path / 'sweeps').exists()


@pytest.mark.parametrize(('sign', 'status'), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_sweep_that_a_signal_stops_has_the_status_of_the_signal(sign, status, sweep, monkeypatch):
  monkeypatch.setattr(interrupt, '_seen', [sign])
  monkeypatch.setattr(whole, 'make', lambda *_, **__: False)
  assert sweep(GOOD) == status
