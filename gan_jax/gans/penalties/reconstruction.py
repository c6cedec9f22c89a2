"""Reconstruction of real images from D's features: FastGAN's self-supervision; `penalty.reconstruction`.

Liu et al. 2021, eq. 2, https://arxiv.org/abs/2101.04775: features that hold what an image is leave D less
room to learn few images by heart. It is for discriminators that give 'reconstructions' of real images, as
fastgan does. The paper compares by LPIPS, which needs published weights: here it is by pixels, and by the
features of any discriminator that a run has trained on images of this kind, if one is named.
"""

import jax.numpy as jnp

from gan_jax import errors
from gan_jax.configs.fields import Field
from gan_jax.gans.parts import features
from gan_jax.gans.penalties import Context, Penalty

OPTIONS = {
  'features': Field(
    '', about="a run whose discriminator, one for any size, gives features to compare by, too; '': pixels"
  ),
}


def make(options: dict) -> Penalty:
  """The Penalty; its state, which stays as it is, are the variables of the run's discriminator."""
  look, frozen = None, {}
  if options['features']:
    look, frozen = features.load(options['features'])

  def term(context: Context, state: dict):
    if 'reconstructions' not in context.real_outputs:
      raise errors.UserError(
        'penalty.reconstruction is for a discriminator that rebuilds images, as discriminator.name=fastgan'
      )
    terms = []
    for rebuilt, seen in context.real_outputs['reconstructions'].values():
      terms.append(jnp.abs(rebuilt - seen).mean())
      if look:
        by_features = look(state['features'], rebuilt) - look(state['features'], seen)
        terms.append((by_features**2).mean())
    return sum(terms)

  return Penalty(term, lambda: {'features': frozen} if frozen else {})
