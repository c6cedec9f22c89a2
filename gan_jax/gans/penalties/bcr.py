"""bCR: D is to say the same of images of both sides that are mirrored and shifted; `penalty.bcr` is lambda.

Balanced consistency of Zhao et al. 2021, algorithm 1, https://arxiv.org/abs/2002.04724; usually 10, for real
and for generated images. See parts/consistency.
"""

from gan_jax.configs.fields import Field
from gan_jax.gans.parts import consistency
from gan_jax.gans.penalties import Context, Penalty

OPTIONS = {'shift': Field(0.125, '[0, 1)', 'the longest, as a share of the side')}


def make(options: dict) -> Penalty:
  """The Penalty, without state."""

  def term(context: Context, state: dict):
    return sum(consistency.distance(context, side, options['shift']) for side in ('real', 'fake'))

  return Penalty(term)
