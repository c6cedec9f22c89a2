"""Orthogonal regularisation of G, as of D; `penalty.orthogonal_generator` is beta, 1e-4 in the paper.

Brock et al. 2019, eq. 3, https://arxiv.org/abs/1809.11096. See regularizers.off_orthogonality.
"""

from gan_jax import regularizers
from gan_jax.gans.penalties import Penalty

SIDE = 'g'
OPTIONS = {}


def make(options: dict) -> Penalty:
  """The Penalty without options or state."""
  play = lambda generated: regularizers.off_orthogonality(generated.params)
  return Penalty(lambda context, state: context.played, play=play)
