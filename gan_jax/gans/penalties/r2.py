"""R2: half of the squared gradient of D on generated images; `penalty.r2` is gamma. See regularizers.r2."""

from gan_jax import regularizers
from gan_jax.gans.penalties import Context, Penalty

OPTIONS = {}


def make(options: dict) -> Penalty:
  """The Penalty without options or state."""

  def term(context: Context, state: dict):
    return regularizers.r2(lambda images: context.critic(images, 'fake'), context.fake)

  return Penalty(term)
