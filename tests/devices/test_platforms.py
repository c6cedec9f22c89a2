"""Forms by platform: the one of the platform that a program is lowered for, mapped as the other is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax.devices import compilation, platforms


def slow(a, b, power):
  return jnp.cos(a * b**power)


def fast(a, b, power):
  return jnp.sin(a * b**power)


def chosen(a, b):
  return platforms.choose(slow, fast, (a, b), (2,))


A, B = jnp.arange(6.0).reshape(2, 3), jnp.arange(3.0)


def test_a_cpu_has_its_own():
  np.testing.assert_array_equal(chosen(A, B), slow(A, B, 2))
  np.testing.assert_allclose(jax.jit(chosen)(A, B), slow(A, B, 2), rtol=1e-6)


@pytest.mark.parametrize(
  ('platform', 'kept', 'left'), [('cpu', 'cosine', 'sine'), ('cuda', 'sine', 'cosine')]
)
def test_one_trace_is_lowered_for_each(platform, kept, left):
  program = jax.jit(chosen).trace(A, B)
  text = program.lower(lowering_platforms=(platform,)).as_text()
  assert f'stablehlo.{kept}' in text
  assert f'stablehlo.{left}' not in text
  assert 'stablehlo.case' not in text


@pytest.mark.parametrize('axes', [(0, None), (None, 0), (0, 0), (1, 0)])
def test_it_is_mapped_as_the_form_is(axes):
  operands = [B if axis is None else jnp.stack([B, B + 1, B + 2], axis) for axis in axes]
  expected = jax.vmap(lambda a, b: slow(a, b, 2), axes)(*operands)
  np.testing.assert_allclose(jax.vmap(chosen, axes)(*operands), expected, rtol=1e-6)
  again = jax.vmap(jax.vmap(chosen, axes), (0, 0))(*(jnp.stack([operand] * 2) for operand in operands))
  np.testing.assert_allclose(again, jnp.stack([expected] * 2), rtol=1e-6)


def test_the_form_of_accelerators_is_counted():
  product = lambda a, b, times: a @ b
  twice = lambda a, b, times: a @ b + 2 * a @ b
  count = lambda cpu, other: compilation.operations(
    lambda a, b: platforms.choose(cpu, other, (a, b), (1,)), jnp.ones((5, 3)), jnp.ones((3, 7))
  )
  assert count(twice, product) == 2 * 5 * 3 * 7
  assert count(product, twice) == 2 * 2 * 5 * 3 * 7
