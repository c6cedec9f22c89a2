"""Orthogonal regularisation of D: filters of a layer are to be orthogonal; `penalty.orthogonal` is beta.

Brock et al. 2019, eq. 3, https://arxiv.org/abs/1809.11096. See regularizers.off_orthogonality.
"""

from gan_jax import regularizers
from gan_jax.gans.penalties import Penalty

OPTIONS = {}


def make(options: dict) -> Penalty:
  """The Penalty without options or state."""
  return Penalty(lambda context, state: regularizers.off_orthogonality(context.params))
