"""CR: D is to say the same of real images that are mirrored and shifted; `penalty.cr` is lambda, usually 10.

Zhang et al. 2020, https://arxiv.org/abs/1910.12027, on the logits alone. See parts/consistency.
"""

from gan_jax.configs.fields import Field
from gan_jax.gans.parts import consistency
from gan_jax.gans.penalties import Penalty

OPTIONS = {'shift': Field(0.125, '[0, 1)', 'the longest, as a share of the side')}


def make(options: dict) -> Penalty:
  """The Penalty, without state."""
  return Penalty(lambda context, state: consistency.distance(context, 'real', options['shift']))
