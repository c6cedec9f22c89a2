"""Memory: what a program takes, and the one line where it does not suffice."""

import jax
import jax.numpy as jnp
import pytest

from gan_jax import errors
from gan_jax.devices import memory


def test_a_program_needs_what_it_makes_but_not_its_arguments():
  square = jax.ShapeDtypeStruct((512, 512), jnp.float32)
  program = jax.jit(lambda x: x @ (x @ x)).lower(square).compile()  # a product, and the result
  assert 2 <= memory.needed(program) / jax.local_device_count() / 2**20 < 8
  given_up = jax.jit(lambda x: x + 1, donate_argnums=0).lower(square).compile()
  assert memory.needed(given_up) < 2**12  # its result is where the argument was


def test_free_memory_is_known_on_linux_or_not_at_all():
  assert memory.free() == 0 or 2**20 < memory.free() < 2**50


def test_running_out_of_memory_is_told_with_its_remedy():
  """As XLA tells it, at the time of the call or later."""
  with pytest.raises(errors.UserError, match=r'^out of memory: try less$'), memory.exhausted('try less'):
    raise jax.errors.JaxRuntimeError('RESOURCE_EXHAUSTED: Out of memory allocating 97 bytes.\nmore lines')
  with pytest.raises(jax.errors.JaxRuntimeError, match='INTERNAL'), memory.exhausted('try less'):
    raise jax.errors.JaxRuntimeError('INTERNAL: something else')
