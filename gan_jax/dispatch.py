"""How many steps one program makes: enough that starting it costs nothing, few enough to stop soon."""

import math

import jax
from jax.extend.core import jaxprs_in_params
from jax.interpreters import partial_eval

AT_ONCE = {'cpu': 2e10}  # floating-point operations of a program: a quarter of a second
ON_ACCELERATORS = 1e12
COUNTS = (1, 2, 5, 10, 25, 50, 100)  # what usually divides the steps between two logs


def make(train_step, count, sharding=None):
  """dispatch(state, dataset): `count` steps in one program; metrics are stacked, {name: [count]}.

  The state is donated; both results have this sharding.
  """

  def dispatch(state, dataset):
    return jax.lax.scan(lambda state, _: train_step(state, dataset), state, length=count)

  return jax.jit(dispatch, donate_argnums=0, out_shardings=sharding)


class Dispatcher:
  """(state, dataset, step) -> (state, metrics, count): as many steps as one program makes.

  They end at multiples of `at_once` (0 to choose), so that a resumed run makes the same dispatches, and at
  `last`.
  """

  def __init__(self, train_step, at_once, last, sharding=None):
    self._step = jax.jit(train_step)  # so that it is traced once
    self._at_once, self._last, self._sharding, self._compiled = at_once, last, sharding, {}

  def __call__(self, state, dataset, now):
    self._at_once = self._at_once or choose(self._step, state, dataset)
    count = min(self._at_once - now % self._at_once, self._last - now)
    if count not in self._compiled:
      self._compiled[count] = make(self._step, count, self._sharding)
    return *self._compiled[count](state, dataset), count


def choose(train_step, state, dataset):
  """The number of steps for this network on this kind of device: a function of both, not of its speed.

  Timing it would make runs differ in their last bits, since each length compiles to a program of its own.
  """
  step_cost = operations(train_step, state, dataset)
  affordable = AT_ONCE.get(jax.default_backend(), ON_ACCELERATORS) / max(step_cost, 1)
  return max((count for count in COUNTS if count <= affordable), default=1)


def operations(function, *arguments):
  """Floating-point operations of `function`'s matrix products and convolutions, all branches taken.

  What the results do not need is not counted, as it is not computed. The arguments give shapes only.
  """
  jaxpr = jax.make_jaxpr(function)(*arguments).jaxpr
  needed, _ = partial_eval.dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars))
  return _operations(needed)


def _operations(jaxpr):
  total = 0
  for equation in jaxpr.eqns:
    out = equation.outvars[0].aval if equation.outvars else None
    if equation.primitive.name == 'dot_general':
      contracted = equation.params['dimension_numbers'][0][0]
      total += 2 * out.size * math.prod(equation.invars[0].aval.shape[axis] for axis in contracted)
    elif equation.primitive.name == 'conv_general_dilated':
      kernel, numbers = equation.invars[1].aval, equation.params['dimension_numbers']
      total += 2 * out.size * kernel.size // kernel.shape[numbers.rhs_spec[0]]
    else:
      inner = sum(_operations(sub) for sub in jaxprs_in_params(equation.params))
      total += inner * (equation.params['length'] if equation.primitive.name == 'scan' else 1)
  return total
