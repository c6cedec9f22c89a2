"""Small images made large: SRGAN of Ledig et al. 2017, https://arxiv.org/abs/1609.04802.

The batch has 'image'; 'small', which G is given, has the means of its squares of `scale` x `scale` pixels.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax import errors, models
from gan_jax.configs.fields import Field
from gan_jax.data.spec import Spec
from gan_jax.evaluation.metrics import translation
from gan_jax.gans.contract import GAN, Presentation
from gan_jax.gans.parts import features
from gan_jax.gans.parts.discriminator import Discriminator
from gan_jax.models.srresnet import enlarge

OPTIONS = {
  'scale': Field(4, '>= 2', 'how many times as large the images become'),
  'content': Field(1.0, '>= 0', 'weight of E|image - fake|, or of E[(difference of features)^2], eq. 5'),
  'features': Field('', about="a run whose discriminator gives the features; '': pixels"),
  'adversarial': Field(1e-3, '>= 0', "weight of the adversarial loss in G's"),
}


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN whose generator makes 'image' [B, H, W, C] of [B, H / scale, W / scale, C]. Raises UserError."""
  shape, scale = spec.shape('image'), config.gan.scale
  if scale < 2 or shape[0] % scale or shape[1] % scale:
    raise errors.UserError(f'gan.scale={scale} does not divide the images, which are {shape[0]}x{shape[1]}')
  generator = models.make(config, 'generator', image_shape=shape)
  network = models.make(config, 'discriminator')
  discriminator, weights = Discriminator(config, network), config.gan
  features_of, frozen = features.load(weights.features) if weights.features else (None, {})

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    return {
      'g': generator.init(g_rng, draw(rng, batch)['small'], train=True),
      'd': network.init(d_rng, batch['image'], train=True),
      'features': frozen,
    }

  def draw(rng, batch):
    return {'small': reduce(batch['image'], scale)}

  def generate(variables, batch, rng, train):
    images, new = models.run(generator, variables['g'], batch['small'], train=train, rng=rng)
    return {'image': images}, {'g': new}

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    if features_of:
      true, fake = (features_of(variables['features'], images['image']) for images in (batch, fakes))
      content = jnp.square(true - fake).mean()
    else:
      content = jnp.abs(batch['image'] - fakes['image']).mean()
    loss = weights.adversarial * verdict.loss + weights.content * content
    return loss, (verdict.new, {'loss': loss, 'adversarial': verdict.loss, 'content': content})

  def bicubic(batch):
    return jnp.clip(enlarge(batch['small'], shape), -1, 1)

  def show(batch, fakes):
    return {'bicubic': bicubic(batch), 'generated': fakes['image'], 'true': batch['image']}

  def score(batch, fakes):
    return translation.score(batch['image'], jnp.clip(fakes['image'], -1, 1), bicubic=bicubic(batch))

  presentation = Presentation(show=show, score=score, translates={'small': 'image'})
  return discriminator.game(init, draw, generate, g_loss, presentation=presentation)


def reduce(images: Float[Array, 'B H W C'], scale: int) -> Float[Array, 'B H//{scale} W//{scale} C']:
  """Smaller images: the mean of each square of `scale` x `scale` pixels."""
  batch, height, width, channels = images.shape
  squares = images.reshape(batch, height // scale, scale, width // scale, scale, channels)
  return squares.mean((2, 4))
