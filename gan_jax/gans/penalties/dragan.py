"""DRAGAN: D's gradient is to have length 1 around real images; `penalty.dragan` is lambda, 10 in the paper.

Kodali et al. 2017, https://arxiv.org/abs/1705.07215. As in their code the gradient is taken at random points
between images and images with uniform noise in [0, scale) times the standard deviation of all pixels.
"""

import jax

from gan_jax import regularizers
from gan_jax.configs.fields import Field
from gan_jax.gans.penalties import Context, Penalty

OPTIONS = {'scale': Field(0.5, '> 0', 'of the noise around real images, in standard deviations of pixels')}


def make(options: dict) -> Penalty:
  """The Penalty, without state."""

  def term(context: Context, state: dict):
    real, (noise_rng, mix_rng) = context.real, jax.random.split(context.rng)
    noise = jax.random.uniform(noise_rng, real.shape, real.dtype)
    perturbed = real + options['scale'] * real.std() * noise
    return regularizers.gradient_penalty(context.critic, real, perturbed, mix_rng, pack=context.pack)

  return Penalty(term)
