"""The steps of one program: counted operations against arithmetic, and a choice that fits the network."""

import contextlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax.devices import compilation
from gan_jax.models.convolution import operations


def test_operations_are_those_of_arithmetic():
  a, b = jnp.ones((5, 3)), jnp.ones((3, 7))
  assert compilation.operations(jnp.matmul, a, b) == 2 * 5 * 3 * 7
  assert compilation.operations(jax.jit(lambda a, b: jnp.tanh(a @ b).sum()), a, b) == 2 * 5 * 3 * 7
  gradients = jax.grad(lambda a, b: jnp.tanh(a @ b).sum(), (0, 1))
  assert compilation.operations(gradients, a, b) == 3 * 2 * 5 * 3 * 7
  repeated = lambda a: jax.lax.scan(lambda a, _: (a @ jnp.ones((3, 3)), None), a, length=4)
  assert compilation.operations(repeated, a) == 4 * 2 * 5 * 3 * 3
  batched = jax.vmap(jnp.matmul, (0, None))
  assert compilation.operations(batched, jnp.ones((2, 5, 3)), b) == 2 * 2 * 5 * 3 * 7
  unused = lambda a, b: (a @ b, a.T @ a)[0]
  assert compilation.operations(unused, a, b) == 2 * 5 * 3 * 7


def test_operations_of_a_convolution():
  images, kernel = jnp.ones((2, 8, 8, 3)), jnp.ones((4, 4, 3, 5))
  layout = {'dimension_numbers': ('NHWC', 'HWIO', 'NHWC')}
  convolve = lambda images: jax.lax.conv_general_dilated(images, kernel, (2, 2), 'SAME', **layout)
  assert compilation.operations(convolve, images) == 2 * (2 * 4 * 4 * 5) * (4 * 4 * 3)


def test_operations_are_those_of_the_forms_without_zeros(as_on):
  """A step by convolutions of XLA's own, among zeros, counts as one by the forms that leave them out."""
  images, kernel = jnp.ones((2, 8, 8, 16)), jnp.ones((4, 4, 16, 8))

  def step(images, kernel):
    grown = operations.transpose_convolve(images, kernel, 2, (16, 16))
    return (grown**2).sum()

  count = lambda: compilation.operations(lambda *given: jax.grad(step, (0, 1))(*given), images, kernel)
  among_zeros = count()
  as_on('cpu')
  assert count() == among_zeros


@pytest.mark.parametrize(('cost', 'steps'), [(0, 100), (2e8, 100), (7e9, 2), (1e12, 1)])
def test_large_steps_are_started_one_by_one(cost, steps):
  assert compilation.affordable(cost, 'cpu') == steps
  assert compilation.affordable(cost, 'tpu') >= steps


def test_only_large_steps_on_cpus_have_options_and_those_that_xla_knows(monkeypatch):
  assert compilation.compiler_options(compilation.LARGE / 2) is None
  assert compilation.compiler_options(compilation.LARGE, 'cuda') is None
  known = compilation.compiler_options(compilation.LARGE) or {}
  assert known.items() <= {**compilation.THREADED, **compilation.QUICK}.items()
  monkeypatch.setattr(compilation, 'THREADED', {'xla_cpu_no_such_option': 'x'})
  assert (compilation.compiler_options(compilation.LARGE) or {}).items() <= compilation.QUICK.items()
  monkeypatch.setattr(compilation, 'QUICK', {'xla_cpu_no_such_option': 'y'})
  assert compilation.compiler_options(compilation.LARGE) is None


def test_threads_change_no_number():
  """Convolution, normalisation and their gradients, of a size at which XLA does use them."""
  rng = np.random.default_rng(0)
  images = jnp.asarray(rng.normal(size=(32, 16, 16, 8)), jnp.float32)
  kernel = jnp.asarray(rng.normal(size=(4, 4, 8, 16)), jnp.float32)

  def loss(kernel):
    maps = operations.convolve(images, kernel, 2)
    maps = (maps - maps.mean((0, 1, 2))) * jax.lax.rsqrt(maps.var((0, 1, 2)) + 1e-5)
    return (jax.nn.leaky_relu(maps, 0.2) ** 3).mean()

  plain = jax.jit(jax.value_and_grad(loss))(kernel)
  threaded = jax.jit(
    jax.value_and_grad(loss), compiler_options=compilation.compiler_options(compilation.LARGE)
  )(kernel)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5), plain, threaded)


def test_dispatches_lie_on_an_absolute_grid():
  one_step = lambda state, start: (state + 1, {'step': state, 'fed': start})
  advance = compilation.Dispatcher(one_step, lambda now, count: jnp.int32(now), 1, at_once=10, last=25)
  for now, count in [(0, 10), (1, 9), (9, 1), (13, 7), (20, 5)]:
    state, metrics, made = advance(jnp.int32(now), now)
    assert set(metrics['fed'].tolist()) == {now}
    assert (int(state), made, metrics['step'].shape) == (now + count, count, (count,))


def test_programs_are_compiled_once_and_it_is_told():
  told = []
  waiting = lambda what: contextlib.nullcontext(told.append(what))
  one_step = lambda state, fed: (state + fed, {'fed': fed})
  fed = []
  feed = lambda now, count: fed.append(now) or jnp.int32(now)
  advance = compilation.Dispatcher(one_step, feed, 1, at_once=10, last=25, waiting=waiting)
  state, now = jnp.int32(0), 0
  assert advance.prepare(state, 0).memory_analysis().temp_size_in_bytes >= 0
  assert told == ['compiling the training step']
  while now < 25:
    state, _, count = advance(state, now)
    now += count
  assert int(state) == 10 * 10 + 5 * 20  # as if it had not been prepared
  assert fed == [0, 10, 20]
  assert len(told) == 2  # ten steps, and five
