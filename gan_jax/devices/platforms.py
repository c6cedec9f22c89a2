"""Operations that have one form for CPUs and another for accelerators, chosen when a program is lowered.

So one trace serves all of them, and a program for an accelerator can be made, and looked at, on a CPU.
`jax.lax.platform_dependent` traces all forms each time, and leaves a conditional to the compiler.
"""

import functools
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import JaxprEqn, Primitive
from jax.interpreters import batching, mlir
from jaxtyping import Array

_chosen = Primitive('chosen')


def choose(cpu: Callable, other: Callable, operands: tuple[Array, ...], static: tuple = ()) -> Array:
  """`cpu(*operands, *static)` in a program for CPUs, `other` of the same in one for anything else.

  Both are functions of a module, not made anew for each call, and give arrays of one shape and type; `static`
  can be hashed. It is mapped by jax.vmap, but has no derivative: jax.custom_vjp around it gives that.
  """
  return _chosen.bind(*operands, cpu=cpu, other=other, static=static, axes=())


@functools.cache
def instruction_set() -> str:
  """'avx512' or 'avx2': what programs for this machine's CPU use at most; '' where that is less, or unknown.

  XLA_FLAGS=--xla_cpu_max_isa=AVX2 keeps them to that.
  """
  has = set(re.findall(r'\w+', _information()))
  asked = re.search(r'xla_cpu_max_isa=(\w+)', os.environ.get('XLA_FLAGS', ''))
  most = asked[1].lower() if asked else 'amx'
  if 'avx512f' in has and most.startswith(('avx512', 'amx')):
    return 'avx512'
  return 'avx2' if 'avx2' in has and most not in ('sse4_2', 'avx') else ''


@functools.cache
def processor() -> str:
  """'avx512 amd', 'avx2 intel': the set of instructions, and who has made the CPU; '' where it is unknown."""
  maker = re.search(r'vendor_id\s*:\s*(?:Genuine|Authentic)?(\w+)', _information())
  return f'{instruction_set()} {maker[1].lower() if maker else ""}'.strip()


def _information():
  file = Path('/proc/cpuinfo')
  return file.read_text() if file.exists() else ''


def form(equation: JaxprEqn) -> Callable | None:
  """What accelerators run in the place of an equation that `choose` has made; None for all others."""
  return functools.partial(_form('other'), **equation.params) if equation.primitive is _chosen else None


def _form(name):
  def form(*operands, static, axes, **forms):
    function = lambda *operands: forms[name](*operands, *static)
    for axis in axes:
      function = jax.vmap(function, axis)
    return function(*operands)

  return form


@functools.partial(jax.jit, static_argnames=('cpu', 'other', 'static', 'axes'))
def _run(*operands, **params):
  return _chosen.bind(*operands, **params)


@functools.cache
def _abstract(*avals, **params):
  shape = jax.eval_shape(functools.partial(_form('other'), **params), *avals)
  return jax.core.ShapedArray(shape.shape, shape.dtype)


def _batched(operands, dims, *, axes, **params) -> tuple[Any, int]:
  first = [x if d is None else jnp.moveaxis(x, d, 0) for x, d in zip(operands, dims, strict=True)]
  mapped = tuple(None if d is None else 0 for d in dims)
  return _chosen.bind(*first, axes=(*axes, mapped), **params), 0


_chosen.def_impl(_run)
_chosen.def_abstract_eval(_abstract)
batching.primitive_batchers[_chosen] = _batched
mlir.register_lowering(_chosen, mlir.lower_fun(_form('other'), multiple_results=False))
mlir.register_lowering(_chosen, mlir.lower_fun(_form('cpu'), multiple_results=False), platform='cpu')
