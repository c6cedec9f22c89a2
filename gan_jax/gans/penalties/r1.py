"""R1: half of the squared gradient of D on real images; `penalty.r1` is gamma. See regularizers.r1."""

from gan_jax import regularizers
from gan_jax.gans.penalties import Penalty

OPTIONS = {}


def make(options: dict) -> Penalty:
  """The Penalty without options or state."""
  return Penalty(lambda context, state: regularizers.half_squared_norm(context.gradient('real')))
