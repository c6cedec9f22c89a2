"""What is wrong with a sweep is one line, before anything starts; what a signal stops has its status."""

import os
import signal
import subprocess
import sys
import types

import pytest
from conftest import ROOT

from gan_jax import command_line, errors
from gan_jax.training import interrupt
from gan_jax.training.sweep import reading, whole

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
    ("sweep.grid({'loss': 'hinge'}); " + GOOD, (), "sweep.grid: loss needs a list of values, ['hinge']"),
    ("sweep.zip({'loss': 'hinge'}); " + GOOD, (), "sweep.zip: loss needs a list of values, ['hinge']"),
    ('sweep.seeds(2', (), "ask.py, line 2: '(' was never closed"),
    (
      "sweep.grid({'penalty.r1': [1.0, 2.0]}); " + GOOD,
      ('--config.penalty.r1=3',),
      '--config.penalty.r1=3: the sweep gives penalty.r1 its values',
    ),
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
    ('sweep.budget(hours=2); ' + GOOD, ('--slurm=',), 'sweep.budget(hours=...) is not for SLURM'),
    (GOOD, ('--sweep=ask.txt',), 'ask.txt: there is no such file'),
    (GOOD, ('--task=3',), '--task=3 is no trial of the sweep'),
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


OF_TYPES = {  # which the tests' own checks of types would find first
  "sweep.budget(hours='2')": 'a budget of nothing',
  "sweep.grid({'penalty.r1': 1})": 'sweep.grid: penalty.r1 needs a list of values, [1]',
  "sweep.grid('loss')": "sweep.grid: {FIELD: [VALUE, VALUE]}, not 'loss'",
  'sweep.list([1, 2])': 'sweep.list: a list of {FIELD: VALUE}, not [1, 2]',
  "sweep.uniform('penalty.r1', 'a', 'b')": "sweep.uniform('penalty.r1', 'a', 'b'): low < high",
  'sweep.seeds(number=2)': "Sweep.seeds() got an unexpected keyword argument 'number'",
}
READ = """
import sys
from gan_jax import errors
from gan_jax.training.sweep import reading
for file in sys.argv[1:]:
  try:
    reading.read('', file)
  except errors.UserError as error:
    print(error)
"""


def test_a_mistake_in_types_is_one_line_with_its_place(tmp_path):
  files = [tmp_path / f'{k}.py' for k in range(len(OF_TYPES))]
  for file, asks in zip(files, OF_TYPES, strict=True):
    file.write_text(f'def get_sweep(sweep):\n  {asks}\n')
  done = subprocess.run(
    [sys.executable, '-c', READ, *files, files[-1].name],
    cwd=tmp_path,
    env={**os.environ, 'PYTHONPATH': str(ROOT)},
    capture_output=True,
    text=True,
    check=True,
  )
  *told, by_name = done.stdout.splitlines()
  assert by_name.startswith(f'{files[-1].name}, line 2: ')
  assert len(told) == len(OF_TYPES)
  for line, said in zip(told, OF_TYPES.values(), strict=True):
    assert said in line
  assert told[-1].startswith(f'{files[-1]}, line 2: ')


@pytest.mark.parametrize(
  ('name', 'text', 'said'),
  [
    ('ask.txt', 'def get_sweep(sweep): pass', r'ask.txt: a Python file is wanted, NAME.py'),
    (
      'ask.py',
      'def get_sweep(): pass',
      r'ask.py: get_sweep\(\) takes 0 positional arguments but 1 was given',
    ),
  ],
)
def test_what_is_no_question_is_one_line(name, text, said, sweep, tmp_path):
  (tmp_path / name).write_text(text)
  with pytest.raises(errors.UserError, match=said):
    reading.read('', str(tmp_path / name))


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
  monkeypatch.setattr(interrupt, '_first', [(sign, 0.0)])
  monkeypatch.setattr(whole, 'make', lambda *_, **__: False)
  assert sweep(GOOD) == status
