"""Small images made large: SRGAN of Ledig et al. 2017, https://arxiv.org/abs/1609.04802.

The batch has 'image'; 'small', which G is given, has the means of its squares of `scale` x `scale` pixels.
"""

import jax
import jax.numpy as jnp

from gan_jax import errors, models
from gan_jax.evaluation.metrics import translation
from gan_jax.gans.parts import features
from gan_jax.gans.parts.discriminator import Adversary
from gan_jax.models.srresnet import enlarge

OPTIONS = {
  'scale': 4,
  'content': 1.0,  # weight of E|image - made|, or of E[(difference of features)^2], eq. 5
  'features': '',  # a run whose discriminator gives the features; '' for pixels
  'adversarial': 1e-3,
}


def make(config, spec):
  """A GAN whose generator makes 'image' [B, H, W, C] of [B, H / scale, W / scale, C]. Raises UserError."""
  shape, scale = spec['image'].shape[1:], config.gan.scale
  if scale < 2 or shape[0] % scale or shape[1] % scale:
    raise errors.UserError(f'gan.scale={scale} does not divide the images, which are {shape[0]}x{shape[1]}')
  generator = models.make(config, 'generator', image_shape=shape)
  discriminator = models.make(config, 'discriminator')
  adversary, weights = Adversary(config, discriminator), config.gan
  look, frozen = features.load(weights.features) if weights.features else (None, {})

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    return {
      'g': generator.init(g_rng, draw(rng, batch)['small'], train=True),
      'd': discriminator.init(d_rng, batch['image'], train=True),
      'features': frozen,
    }

  def draw(rng, batch):
    return {'small': reduce(batch['image'], scale)}

  def generate(variables, batch, rng, train):
    images, new = models.run(generator, variables['g'], batch['small'], train=train, rng=rng)
    return {'image': images}, {'g': new}

  def g_loss(variables, batch, fakes, rng):
    verdict = adversary.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    if look:
      true, made = (look(variables['features'], images['image']) for images in (batch, fakes))
      content = jnp.square(true - made).mean()
    else:
      content = jnp.abs(batch['image'] - fakes['image']).mean()
    loss = weights.adversarial * verdict.loss + weights.content * content
    return loss, (verdict.new, {'loss': loss, 'adversarial': verdict.loss, 'content': content})

  def bicubic(batch):
    return jnp.clip(enlarge(batch['small'], shape), -1, 1)

  def show(batch, fakes):
    return {'bicubic': bicubic(batch), 'made': fakes['image'], 'true': batch['image']}

  def score(batch, fakes):
    return translation.score(batch['image'], jnp.clip(fakes['image'], -1, 1), bicubic=bicubic(batch))

  return adversary.game(init, draw, generate, g_loss, show=show, score=score, translates={'small': 'image'})


def reduce(images, scale):
  """Images [B, H, W, C] at [B, H / scale, W / scale, C]: the mean of each square of pixels."""
  batch, height, width, channels = images.shape
  squares = images.reshape(batch, height // scale, scale, width // scale, scale, channels)
  return squares.mean((2, 4))
