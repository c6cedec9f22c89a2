"""zCR of D: it is to say the same of what G makes of latents nearby; `penalty.zcr` is lambda_dis, usually 20.

Zhao et al. 2021, algorithm 2, https://arxiv.org/abs/2002.04724. `penalty.zcr_generator` is G's part.
"""

import jax.numpy as jnp

from gan_jax.configs.fields import Field
from gan_jax.gans.parts import consistency
from gan_jax.gans.penalties import Context, Penalty

OPTIONS = {'radius': Field(0.05, '> 0', 'standard deviation of the steps between latents')}


def make(options: dict) -> Penalty:
  """The Penalty, without state."""

  def term(context: Context, state: dict):
    nearby = context.discriminate(context.played, 'fake')['logits']
    return jnp.mean((context.fake_outputs['logits'] - nearby) ** 2)

  return Penalty(term, play=lambda generated: consistency.nearby(generated, options['radius']))
