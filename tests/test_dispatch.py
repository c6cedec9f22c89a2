"""The steps of one program: counted operations against arithmetic, and a choice that fits the network."""

import jax
import jax.numpy as jnp
import pytest

from gan_jax import dispatch


def test_operations_are_those_of_arithmetic():
  a, b = jnp.ones((5, 3)), jnp.ones((3, 7))
  assert dispatch.operations(jnp.matmul, a, b) == 2 * 5 * 3 * 7
  assert dispatch.operations(jax.jit(lambda a, b: jnp.tanh(a @ b).sum()), a, b) == 2 * 5 * 3 * 7
  gradients = jax.grad(lambda a, b: jnp.tanh(a @ b).sum(), (0, 1))
  assert dispatch.operations(gradients, a, b) == 3 * 2 * 5 * 3 * 7
  repeated = lambda a: jax.lax.scan(lambda a, _: (a @ jnp.ones((3, 3)), None), a, length=4)
  assert dispatch.operations(repeated, a) == 4 * 2 * 5 * 3 * 3
  batched = jax.vmap(jnp.matmul, (0, None))
  assert dispatch.operations(batched, jnp.ones((2, 5, 3)), b) == 2 * 2 * 5 * 3 * 7
  unused = lambda a, b: (a @ b, a.T @ a)[0]
  assert dispatch.operations(unused, a, b) == 2 * 5 * 3 * 7


def test_operations_of_a_convolution():
  images, kernel = jnp.ones((2, 8, 8, 3)), jnp.ones((4, 4, 3, 5))
  layout = {'dimension_numbers': ('NHWC', 'HWIO', 'NHWC')}
  convolve = lambda images: jax.lax.conv_general_dilated(images, kernel, (2, 2), 'SAME', **layout)
  assert dispatch.operations(convolve, images) == 2 * (2 * 4 * 4 * 5) * (4 * 4 * 3)


@pytest.mark.parametrize(('width', 'steps'), [(4, 100), (1_500, 2), (8_000, 1)])
def test_large_networks_are_started_step_by_step(width, steps):
  train_step = lambda state, _: (state @ state, {})
  state = jax.ShapeDtypeStruct((width, width), jnp.float32)
  assert dispatch.choose(jax.jit(train_step), state, None) == steps


def test_dispatches_lie_on_an_absolute_grid():
  advance = dispatch.Dispatcher(lambda state, _: (state + 1, {'step': state}), 10, last=25)
  for now, count in [(0, 10), (1, 9), (9, 1), (13, 7), (20, 5)]:
    state, metrics, made = advance(jnp.int32(now), None, now)
    assert (int(state), made, metrics['step'].shape) == (now + count, count, (count,))
