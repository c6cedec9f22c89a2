"""zCR of G: what it makes of latents nearby is to differ; `penalty.zcr_generator` is lambda_gen, usually 0.5.

Zhao et al. 2021, algorithm 2, https://arxiv.org/abs/2002.04724: -E[(G(z) - G(z + dz))^2], a mean over pixels,
with the steps of `penalty.zcr`, D's part. Where both are on, of one radius, G runs once for both.
"""

import jax.numpy as jnp

from gan_jax.configs.fields import Field
from gan_jax.gans.parts import consistency
from gan_jax.gans.penalties import Generated, Penalty

SIDE = 'g'
OPTIONS = {'radius': Field(0.05, '> 0', 'standard deviation of the steps between latents')}


def make(options: dict) -> Penalty:
  """The Penalty, without state."""

  def play(generated: Generated):
    nearby = consistency.nearby(generated, options['radius'])
    return jnp.mean((generated.fakes[generated.output] - nearby) ** 2)

  return Penalty(lambda context, state: -context.played, play=play)
