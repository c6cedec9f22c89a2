"""Numbers of a config that may be traced: copies of a population differ in them, a schedule moves them."""

import jax


def absent(weight: float | jax.Array) -> bool:
  """Whether a weight is known to be 0 when the step is compiled, so that nothing is computed in vain."""
  return not isinstance(weight, jax.core.Tracer) and not weight
