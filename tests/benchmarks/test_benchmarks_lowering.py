"""Steps lowered for accelerators on a CPU: native, donated, in bfloat16, and no larger than they were."""

import json
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest
from conftest import ROOT

from benchmarks import lowering, peaks, roofline
from benchmarks.program import Program
from gan_jax.devices import compilation
from gan_jax.training import setup

SHARED = """
import re
import jax
from gan_jax import configs, data
from gan_jax.devices import compilation, mesh, platforms
from gan_jax.training import experiment

platforms.choose = lambda cpu, other, operands, static: other(*operands, *static)
fields = {'name': 'dcgan', 'width': '4', 'strides': '(2,2)', 'norm': '(False,True)'}
fields = [(f'discriminator.{name}', text) for name, text in fields.items()]
options = configs.load('configs/dcgan_digits.py:test', fields, notice=lambda _: None)
dataset = data.make(options)
made, layout = experiment.make(options, dataset.spec()), mesh.layout(options.train.batch_size)
state, dataset = layout.like(jax.eval_shape(made.init, 0)), layout.like(dataset)
step = compilation.make(made.train_step(layout.split), 1, layout.whole)
text = step.lower(state, dataset).compile().as_text()
print([shapes for shapes in re.findall(r'= (.*?) all-reduce(?:-start)?\\(', text) if '[4,4,' in shapes])
"""


def programmed(function, *arguments, **options):
  exported = jax.export.export(jax.jit(function, **options), platforms=['cuda'])
  return Program(exported(*arguments).mlir_module())


def test_operations_and_bytes_are_those_of_arithmetic():
  a, b = jnp.ones((5, 3)), jnp.ones((3, 7))
  found = programmed(lambda a, b: jnp.tanh(a @ b), a, b)
  assert found.operations == 2 * 5 * 3 * 7
  product, activation = found.kernels
  assert product.moved == 4 * (5 * 3 + 3 * 7 + 5 * 7)
  assert activation.moved == 4 * (5 * 7 + 5 * 7)
  assert found.memory == 4 * (5 * 3 + 3 * 7 + 5 * 7 + 5 * 7)


def test_what_is_elementwise_is_part_of_what_uses_it_unless_that_is_a_product():
  a = jnp.ones((4, 4))
  assert [kernel.name for kernel in programmed(lambda a: jnp.sum(jnp.cos(a) * 2), a).kernels] == ['reduce']
  assert [kernel.name for kernel in programmed(lambda a: jnp.cos(a) @ a, a).kernels] == [
    'fusion',
    'dot_general',
  ]
  assert [kernel.name for kernel in programmed(lambda a: a.T @ a, a).kernels] == ['dot_general']


def test_a_loop_counts_as_often_as_it_runs():
  square = jnp.ones((4, 4))
  looped = lambda a: jax.lax.scan(lambda a, _: (a @ square, None), a, length=3)[0]
  assert programmed(looped, square).operations == 3 * 2 * 4**3


def test_a_donated_array_is_that_of_its_result():
  a = jnp.ones((8, 8))
  assert programmed(lambda a: a + 1, a).memory == 2 * 4 * 64
  donated = programmed(lambda a: a + 1, a, donate_argnums=0)
  assert (donated.memory, donated.donated) == (4 * 64, 1)


@pytest.fixture(scope='module', params=['dcgan_digits', 'toy_ring'])
def step(request):
  """(name, the programs of its step, arrays of its state)."""
  return request.param, *lowering.exported(*lowering.short(request.param))


def test_steps_have_no_faults_and_have_not_grown(step):
  name, programs, held = step
  kept = json.loads(lowering.KEPT.read_text())[name]
  for found in programs.values():
    assert lowering.faults(found, held) == []
    assert lowering.grown(lowering.counts(found), kept) == []


def test_steps_are_of_native_convolutions_and_their_operations_those_of_the_trace(step):
  name, programs, _ = step
  config, dataset = lowering.short(name)
  made = setup.make(config, dataset.spec())
  asked = compilation.operations(made.train_step(), jax.eval_shape(made.init, config.seed), dataset)
  assert {found.operations for found in programs.values()} == {asked}


def test_bfloat16_is_where_it_is_asked_for(step):
  name, programs, held = step
  found = programs['tpu']
  assert lowering.faults(found, held, bfloat16=True) == ['100% of it in float32']
  asked, held = lowering.exported(*lowering.short(name, 'train.dtype=bfloat16'), platforms=['tpu'])
  assert lowering.faults(asked['tpu'], held, bfloat16=True) == []
  assert asked['tpu'].operations == found.operations


def test_faults_and_growth_are_told_of():
  call = lambda a: jax.pure_callback(lambda a: a, a, a)
  text = jax.jit(call).trace(jnp.ones(2)).lower().as_text()
  (called, kept) = lowering.faults(Program(text), held=1)
  assert 'callback' in called
  assert kept == '0 of 1 arrays are donated'
  assert lowering.grown({'products': 3}, {'products': 2}) == ['products: 2 were enough']
  assert lowering.grown({'products': 2}, {'products': 2}) == []


def test_a_prediction_is_bound_by_arithmetic_or_by_memory():
  large = programmed(jnp.matmul, *[jax.ShapeDtypeStruct((8192, 8192), jnp.bfloat16)] * 2)
  small = programmed(
    jnp.matmul, *[jax.ShapeDtypeStruct((8192, 8), jnp.bfloat16).update(shape=s) for s in ((8192, 8), (8, 8))]
  )
  h100 = peaks.DEVICES['H100']
  told = roofline.predicted(large, 'H100', 'bf16')
  assert told['seconds'] == pytest.approx(2 * 8192**3 / h100.peaks['bf16'])
  assert told['in_products'] == 1
  told = roofline.predicted(small, 'H100', 'bf16')
  assert told['seconds'] == pytest.approx(2 * (2 * 8192 * 8 + 64) / h100.bytes_per_second)
  assert told['in_products'] == 0


def test_the_table_says_that_it_is_a_prediction(tmp_path, capsys):
  file = tmp_path / 'roofline.json'
  assert roofline.main(['--rows=toys_16', '--small', f'--out={file}']) == 0
  found = json.loads(file.read_text())
  assert found['prediction']
  assert [row['device'] for row in found['rows']] == list(roofline.PREDICTED)
  assert 'toys_16' in capsys.readouterr().out


@pytest.mark.long
def test_gradients_of_kernels_go_over_the_devices_together():
  """Of native convolutions, on two devices: two all-reduces a player at most, whatever the layers."""
  flags = f'{os.environ["XLA_FLAGS"]} --xla_force_host_platform_device_count=2'
  environment = {**os.environ, 'XLA_FLAGS': flags}
  words = [sys.executable, '-c', SHARED]
  done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
  assert 1 <= len(json.loads(done.stdout.replace("'", '"'))) <= 4
