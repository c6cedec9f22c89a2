"""The program that makes the steps: how many at once, and how it is compiled.

Enough steps that starting it costs nothing, few enough to stop soon.
"""

import contextlib
import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
from jax.extend.core import jaxprs_in_params
from jax.interpreters import partial_eval
from jax.sharding import Sharding

from gan_jax.devices import platforms

AT_ONCE = {'cpu': 2e10}  # floating-point operations of a program: a quarter of a second
ON_ACCELERATORS = 1e12
COUNTS = (1, 2, 5, 10, 25, 50, 100)  # what usually divides the steps between two logs
# Sums on all cores, where XLA's own run on one; convolutions are kept from the library that makes them. It
# halves a DCGAN's step, and small MLPs, where waking threads costs more, are a tenth slower.
THREADED = {'xla_cpu_experimental_ynn_fusion_type': 'LIBRARY_FUSION_TYPE_REDUCE'}
# Loops compiled as XLA did before it had emitters by MLIR for them, and with less of LLVM's: a DCGAN's step
# takes half to two thirds of the time to compile, and as long to run.
QUICK = {'xla_cpu_use_fusion_emitters': False, 'xla_backend_optimization_level': 1}
LARGE = 1e9  # operations of a program's step from which both are used


def make(
  train_step: Callable,
  count: int,
  sharding: Sharding | None = None,
  options: Mapping[str, Any] | None = None,
  each: Callable[[Any], dict] = lambda state: {},
  last: Callable[[Any], dict] = lambda state: {},
) -> Callable:
  """dispatch(state, dataset): `count` steps in one program; metrics are stacked, {name: [count]}.

  The state is donated; both results have this sharding. `options` are the compiler's. What `each`
  gives of the state after each step, {name: []}, and `last` after the last one, is among the metrics, [count]
  and [1].
  """

  def dispatch(state, dataset):
    def step(state, _):
      state, metrics = train_step(state, dataset)
      return state, {**metrics, **each(state)}

    state, metrics = jax.lax.scan(step, state, length=count)
    return state, {**metrics, **jax.tree.map(lambda value: value[None], last(state))}

  return jax.jit(dispatch, donate_argnums=0, out_shardings=sharding, compiler_options=options)


class Dispatcher:
  """(state, step) -> (state, metrics, count): as many steps as one program makes.

  `feed(step, count)` gives what has the batches of so many steps. They end at multiples of `at_once` (0 to
  choose by the step's `cost` in operations), so that a resumed run makes the same dispatches, and at `last`.
  Programs are compiled when they are first needed, within `waiting`, a context of a text. `looks` are
  `each` and `last` of `make`.
  """

  def __init__(
    self,
    train_step: Callable,
    feed: Callable[[int, int], Any],
    cost: float,
    at_once: int,
    last: int,
    sharding: Sharding | None = None,
    waiting: Callable[[str], Any] = contextlib.nullcontext,
    looks: tuple[Callable, ...] = (),
  ):
    self._step, self.feed, self._waiting = jax.jit(train_step), feed, waiting  # so that it is traced once
    platform = next(iter(sharding.device_set)).platform if sharding else None
    self._at_once, self._last = at_once or affordable(cost, platform), last
    self._sharding, self._options = sharding, compiler_options(cost, platform)
    self._looks, self._compiled, self._next = looks, {}, None

  def __call__(self, state: Any, now: int) -> tuple[Any, dict[str, Any], int]:
    program, fed, count = self._next or self._prepared(state, now)
    self._next = None
    return *program(state, fed), count

  def prepare(self, state: Any, now: int) -> jax.stages.Compiled:
    """The program of the next call, which is to have these arguments."""
    self._next = self._prepared(state, now)
    return self._next[0]

  def before(self, now: int) -> int:
    """The step after which the dispatch has begun that ends at `now`."""
    return now - (now % self._at_once or self._at_once)

  def rewind(self, step: int) -> None:
    """Goes on from an earlier step."""
    self.feed, self._next = self.feed.at(step), None

  def _prepared(self, state, now):
    count = min(self._at_once - now % self._at_once, self._last - now)
    fed = self.feed(now, count)
    if count not in self._compiled:
      with self._waiting('compiling the training step'):
        steps = make(self._step, count, self._sharding, self._options, *self._looks)
        self._compiled[count] = steps.lower(state, fed).compile()
    return self._compiled[count], fed, count


def affordable(cost: float, platform: str | None = None) -> int:
  """How many steps of so many operations a program should make on a platform; None: the default one.

  A function of both, not of a measured time, by which runs would differ in their last bits: each length
  compiles to a program of its own.
  """
  steps = AT_ONCE.get(platform or jax.default_backend(), ON_ACCELERATORS) / max(cost, 1)
  return max((count for count in COUNTS if count <= steps), default=1)


def compiler_options(cost: float, platform: str | None = None) -> dict[str, Any] | None:
  """XLA's options for a step of so many operations on a platform, None being the default one; or None."""
  if (platform or jax.default_backend()) != 'cpu' or cost < LARGE:
    return None
  found = {
    key: value for some in (THREADED, QUICK) if known(tuple(some.items())) for key, value in some.items()
  }
  return found or None


@functools.cache
def known(options: tuple[tuple[str, Any], ...]) -> bool:
  """Whether this version of XLA knows these options, some of which are experimental."""
  try:
    jax.jit(lambda: 0, compiler_options=dict(options)).lower().compile()
  except jax.errors.JaxRuntimeError:
    return False
  return True


def once(function: Callable, **options: Any) -> Callable:
  """`function` compiled for a single call: on a CPU without optimisation, in a sixth of the time."""
  quick = {'xla_backend_optimization_level': 0} if jax.default_backend() == 'cpu' else None
  return jax.jit(function, compiler_options=quick, **options)


def operations(function: Callable, *arguments: Any) -> int:
  """Floating-point operations of `function`'s matrix products and convolutions, all branches taken.

  What the results do not need is not counted, as it is not computed; nor are products with the zeros that a
  dilated input has between its numbers. Where platforms have forms of their own, those of accelerators count.
  The arguments give shapes only.
  """
  jaxpr = jax.make_jaxpr(function)(*arguments).jaxpr
  needed, _ = partial_eval.dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars))
  return _operations(needed)


def used(function: Callable, arrays: Mapping[str, Any]) -> list[str]:
  """The names of the arrays whose values, not their shapes alone, the results of function(arrays) need."""
  jaxpr = jax.make_jaxpr(function)(arrays).jaxpr
  _, needed = partial_eval.dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars))
  return [name for name, is_needed in zip(sorted(arrays), needed, strict=True) if is_needed]


def _operations(jaxpr):
  total = 0
  for equation in jaxpr.eqns:
    out = equation.outvars[0].aval if equation.outvars else None
    if equation.primitive.name == 'dot_general':
      contracted = equation.params['dimension_numbers'][0][0]
      total += 2 * out.size * math.prod(equation.invars[0].aval.shape[axis] for axis in contracted)
    elif equation.primitive.name == 'conv_general_dilated':
      kernel, numbers = equation.invars[1].aval, equation.params['dimension_numbers']
      among_zeros = math.prod(equation.params['lhs_dilation'])
      total += 2 * out.size * kernel.size // (kernel.shape[numbers.rhs_spec[0]] * among_zeros)
    elif form := platforms.form(equation):
      total += operations(form, *(invar.aval for invar in equation.invars))
    else:
      inner = sum(_operations(sub) for sub in jaxprs_in_params(equation.params))
      total += inner * (equation.params['length'] if equation.primitive.name == 'scan' else 1)
  return total
