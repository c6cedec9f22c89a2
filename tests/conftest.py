"""Tests compile many small programs and run each a few times: they are compiled without optimisation."""

import os
import socket
import tempfile
from importlib import metadata
from pathlib import Path

import pytest
import typechecking

os.environ['JAX_PLATFORMS'] = 'cpu'
FLAGS = ['--xla_backend_optimization_level=0']
if tuple(map(int, metadata.version('jaxlib').split('.')[:2])) < (0, 11):  # later ones end at flags they lack
  FLAGS.append('--xla_cpu_use_fusion_emitters=false')
os.environ['XLA_FLAGS'] = ' '.join([os.environ.get('XLA_FLAGS', ''), *FLAGS])
typechecking.install()
if 'PYTEST_XDIST_WORKER' not in os.environ:  # one for all processes
  COMPILED = tempfile.TemporaryDirectory()  # what several tests compile
  os.environ['JAX_COMPILATION_CACHE_DIR'] = COMPILED.name
  os.environ['JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS'] = '0.2'
ROOT = Path(__file__).parent.parent
TINY = ('generator.name=mlp', 'discriminator.name=mlp', 'train.batch_size=8', 'loss=non_saturating')
SMALL = [  # what makes trials of toy_ring small
  ('generator.widths', '(8,)'),
  ('discriminator.widths', '(8,)'),
  ('train.batch_size', '16'),
  ('evaluate.num_images', '50'),
  ('evaluate.rejection', 'False'),
  ('log.tensorboard', 'False'),
]


def free_port():
  """A port of this machine at which nothing listens."""
  with socket.socket() as server:
    server.bind(('127.0.0.1', 0))
    return server.getsockname()[1]


@pytest.fixture
def tiny():
  """('field=value', ...) -> the config of an MLP GAN on the digits that trains in seconds."""
  from gan_jax import configs

  def load(*overrides):
    fields = [tuple(text.split('=', 1)) for text in (*TINY, *overrides)]
    return configs.load(ROOT / 'configs/dcgan_digits.py:test', fields, notice=lambda _: None)

  return load


@pytest.fixture
def as_on(monkeypatch):
  """as_on(platform): what follows is traced in the forms of a platform alone, 'cpu' or 'other'."""
  import jax

  from gan_jax.devices import platforms

  def change(platform):
    jax.clear_caches()  # which hold operations as they have been traced
    chosen = lambda cpu, other, operands, static: {'cpu': cpu, 'other': other}[platform](*operands, *static)
    monkeypatch.setattr(platforms, 'choose', chosen)

  yield change
  jax.clear_caches()


@pytest.fixture(scope='session')
def trained(tmp_path_factory):
  """The folder of a finished run of four steps, not to be written to."""
  from gan_jax import configs
  from gan_jax.runs import folder as runs
  from gan_jax.training import loop

  fields = [tuple(text.split('=', 1)) for text in TINY]
  folder = tmp_path_factory.mktemp('runs') / 'trained'
  options = configs.load(ROOT / 'configs/dcgan_digits.py:test', fields, notice=lambda _: None)
  loop.train(options, runs.Run(folder), notice=lambda _: None)
  return folder


@pytest.fixture(scope='session')
def begun(tmp_path_factory):
  """(config name, field, ...) -> a Run at 16 x 16 that has made no step, the same one for the same words."""
  from gan_jax import configs, data, gans
  from gan_jax.runs import checkpoints
  from gan_jax.runs import folder as runs
  from gan_jax.training import experiment

  made = {}

  def begin(name, *fields):
    if (name, fields) not in made:
      small = [('data.size', '(16, 16)'), *fields]
      options = configs.load(ROOT / f'configs/{name}.py:test', small, notice=lambda _: None)
      one = experiment.make(options, data.make(options).spec(gans.reads_conditions(options)))
      run = runs.Run(tmp_path_factory.mktemp(name) / 'run')
      run.open(options, one.spec)
      with checkpoints.Checkpoints(run.checkpoints) as saved:
        saved.save(one.init_state())
      made[name, fields] = run
    return made[name, fields]

  return begin
