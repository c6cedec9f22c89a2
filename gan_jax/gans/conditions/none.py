"""No condition, which games without one take."""

from ml_collections import ConfigDict

from gan_jax.gans.conditions import Way
from gan_jax.gans.parts.condition import Condition

OPTIONS = {}


def make(options: ConfigDict, condition: Condition) -> Way:
  """The network as it is."""
  return Way(lambda network: network, reads=False)
