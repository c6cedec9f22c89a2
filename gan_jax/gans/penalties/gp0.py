"""GP-0: the squared gradient of D between real and generated images; `penalty.gp0` is lambda.

Zero-centred, Thanh-Tung et al. 2019, https://arxiv.org/abs/1902.03984. See regularizers.gradient_penalty.
"""

from gan_jax import regularizers
from gan_jax.gans.penalties import Context, Penalty

OPTIONS = {}


def make(options: dict) -> Penalty:
  """The Penalty without options or state."""

  def term(context: Context, state: dict):
    images = context.real, context.fake
    return regularizers.gradient_penalty(context.critic, *images, context.rng, 0.0, context.pack)

  return Penalty(term)
