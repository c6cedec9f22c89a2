"""Eight virtual devices do what one does, each an eighth of it."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT, TINY, free_port

from gan_jax import errors
from gan_jax.devices import mesh
from gan_jax.runs import folder as runs
from gan_jax.training import setup

CASE = """
import json, re, sys
import jax
import jax.numpy as jnp
from gan_jax import configs, data
from gan_jax.devices import compilation, mesh
from gan_jax.training import experiment

steps, wide, norm = int(sys.argv[1]), sys.argv[2] == 'float64', sys.argv[3]
fields = [('train.batch_size', '16'), ('discriminator.name', 'dcgan'), ('discriminator.width', '4'),
          ('discriminator.strides', '(2,2)'), ('discriminator.norm', '(False,True)'),
          ('parallel.batch_norm', norm)]
options = configs.load('configs/dcgan_digits.py:test', fields, notice=lambda _: None)
dataset = data.make(options)
made = experiment.make(options, dataset.spec())
state = made.init_state()
if wide:
  jax.config.update('jax_enable_x64', True)
  to_wide = lambda leaf: leaf.astype('float64') if leaf.dtype == 'float32' else leaf
  state = jax.tree.map(to_wide, state)
layout = mesh.layout(16)
state, dataset = layout.replicate((state, dataset))
one = made.train_step(layout.split)
compiled = compilation.make(one, 1, layout.whole).lower(state, dataset).compile()
losses = []
for _ in range(steps):
  state, metrics = compiled(state, dataset)
  losses.append([float(metrics['d/loss'][0]), float(metrics['g/loss'][0])])
program = compiled.as_text()
collectives = set(re.findall(r' (all-[a-z-]+|collective-[a-z]+|reduce-scatter)(?:-start)?\\(', program))
kinds = {str(leaf.dtype) for leaf in jax.tree.leaves(state.variables)}
print(json.dumps([losses, compiled.cost_analysis()['flops'], sorted(collectives), sorted(kinds)]))
"""


def run(devices, steps=5, dtype='float32', norm='global'):
  """(losses [steps, 2], operations of a device, collectives, types of the params)."""
  flags = f'{os.environ["XLA_FLAGS"]} --xla_force_host_platform_device_count={devices}'
  done = subprocess.run(
    [sys.executable, '-c', CASE, str(steps), dtype, norm],
    cwd=ROOT, env={**os.environ, 'XLA_FLAGS': flags}, capture_output=True, text=True, check=True,
  )  # fmt: skip
  return json.loads(done.stdout)


def flat(losses):
  return [loss for row in losses for loss in row]


@pytest.fixture(scope='module')
def single():
  return run(1)


@pytest.mark.long
def test_eight_devices_learn_what_one_does_each_an_eighth_of_it(single):
  losses, operations, collectives, _ = run(8)
  assert flat(losses) == pytest.approx(flat(single[0]), abs=1e-5)
  assert collectives == ['all-reduce']
  assert single[2] == []
  assert operations < 1.2 * single[1] / 8


@pytest.mark.long
def test_in_float64_they_stay_together():
  many, one = run(8, 20, 'float64'), run(1, 20, 'float64')
  assert many[3] == ['float64']
  assert flat(many[0]) == pytest.approx(flat(one[0]), abs=1e-5)


@pytest.mark.long
def test_batch_norm_of_each_device_is_another_game(single):
  losses, _, collectives, _ = run(8, norm='per_device')
  assert collectives == ['all-reduce']
  assert flat(losses) != pytest.approx(flat(single[0]), abs=1e-3)


def start(workdir, *fields):
  """main.py on the test config in a process of its own."""
  words = ['main.py', '--config=configs/dcgan_digits.py:test', f'--workdir={workdir}']
  words += [f'--config.{field}' for field in (*TINY, *fields)]
  return subprocess.Popen(
    [sys.executable, *words], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
  )


SCORED = [
  f'evaluate.{field}' for field in ('every=2', 'num_images=20', 'network=random', 'measures=fid', 'cache=')
]


@pytest.fixture(scope='module')
def alone(tmp_path_factory):
  """The rows of a run by one process."""
  folder = tmp_path_factory.mktemp('alone')
  start(folder).communicate(timeout=120)
  return runs.Run(folder).rows()


@pytest.mark.long
@pytest.mark.parametrize('where', ['resident', 'streamed'])
def test_two_processes_learn_what_one_does_and_leave_a_checkpoint_for_it(tmp_path, where, alone):
  """Streamed, each reads its half of every batch; else the first scores, and both save the best state."""
  fields = [f'parallel.coordinator=127.0.0.1:{free_port()}', 'parallel.num_processes=2']
  fields += ['data.max_resident_bytes=0'] if where == 'streamed' else SCORED
  pair = [start(tmp_path, *fields, f'parallel.process_id={i}') for i in range(2)]
  told = [process.communicate(timeout=240)[0] for process in pair]
  assert [process.returncode for process in pair] == [0, 0], told
  rows = runs.Run(tmp_path).rows()
  assert [row['step'] for row in rows] == [1, 2, 3, 4]
  for one, two in zip(alone, rows, strict=True):
    assert two['d/loss'] == pytest.approx(one['d/loss'], abs=1e-5)
    assert two['g/loss'] == pytest.approx(one['g/loss'], abs=1e-5)
  if where == 'resident':
    scores = {row['step']: row['fid'] for row in runs.Run(tmp_path).scores()}
    best = setup.load(tmp_path, 'best')[1]
    assert scores.keys() == {2, 4}
    assert scores[int(best.step)] == min(scores.values())
    on = start(tmp_path, 'train.num_steps=5')
    told = on.communicate(timeout=120)[0]
    assert on.returncode == 0, told
    assert 'resumed at step 4' in told


@pytest.mark.long
def test_a_process_that_never_comes(tmp_path):
  fields = (f'parallel.coordinator=127.0.0.1:{free_port()}', 'parallel.num_processes=2')
  lonely = start(tmp_path / 'run', *fields, 'parallel.process_id=0', 'parallel.timeout_s=5')
  told = lonely.communicate(timeout=60)[0]
  assert lonely.returncode == 1
  assert told.strip().endswith('of 2 processes these have not come in 5 s: 1')
  assert 'Traceback' not in told


def test_a_batch_that_cannot_be_shared(monkeypatch):
  monkeypatch.setattr(mesh.jax, 'device_count', lambda: 3)
  with pytest.raises(
    errors.UserError, match=r'batch_size=64 cannot be shared by 3 devices: .* multiple of 3'
  ):
    mesh.layout(64)
  with pytest.raises(errors.UserError, match='3 devices in 2 parts: use a multiple of 6'):
    mesh.layout(9, accumulate=2)
