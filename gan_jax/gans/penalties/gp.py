"""WGAN-GP: D's gradient is to have length 1 between real and generated images; `penalty.gp` is lambda.

See regularizers.gradient_penalty.
"""

from gan_jax import regularizers
from gan_jax.gans.penalties import Context, Penalty

OPTIONS = {}


def make(options: dict) -> Penalty:
  """The Penalty without options or state."""

  def term(context: Context, state: dict):
    images = context.real, context.fake
    return regularizers.gradient_penalty(context.critic, *images, context.rng, pack=context.pack)

  return Penalty(term)
