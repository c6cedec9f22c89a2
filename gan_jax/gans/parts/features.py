"""Features of a discriminator that another run has trained: a frozen network for losses of content."""

import jax

from gan_jax import errors


def load(folder):
  """(look, variables) of a run's discriminator: look(variables, images [B, H, W, C]) -> features [B, ...].

  Raises UserError if the folder holds no run, or its D has no features or sees more than images.
  """
  from gan_jax.training import experiment  # which makes GANs

  one, state = experiment.load(folder)

  def look(variables, images):
    return one.gan.discriminate({'d': variables}, {}, images)['features']

  try:
    jax.eval_shape(look, state.variables['d'], one.spec['image'])
  except KeyError as error:
    raise errors.UserError(
      f'{folder}: its discriminator gives no features of images alone ({error})'
    ) from None
  return look, state.variables['d']
