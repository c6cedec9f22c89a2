"""Image to image, from pairs: pix2pix of Isola et al. 2017, https://arxiv.org/abs/1611.07004.

The batch has 'source' and 'image', of one size and any numbers of channels. D sees both; the generator's
only noise is its dropout.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax import models
from gan_jax.configs.fields import Field
from gan_jax.data.spec import Spec
from gan_jax.evaluation.metrics import translation
from gan_jax.gans.contract import GAN, Batch, Presentation
from gan_jax.gans.parts.discriminator import Discriminator

OPTIONS = {'l1': Field(100.0, '>= 0', 'weight of E|image - fake|, eq. 3')}


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN whose generator makes 'image' [B, H, W, C] of 'source' [B, H, W, C']."""
  generator = models.make(config, 'generator', image_shape=spec.shape('image'))
  network = models.make(config, 'discriminator')
  discriminator = Discriminator(config, network, beside)

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    (pair,) = beside(batch, batch['image'])
    return {
      'g': generator.init(g_rng, batch['source'], train=True),
      'd': network.init(d_rng, pair, train=True),
    }

  def draw(rng, batch):
    return {}

  def generate(variables, batch, rng, train):
    images, new = models.run(generator, variables['g'], batch['source'], train=train, rng=rng)
    return {'image': images}, {'g': new}

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    l1 = jnp.abs(batch['image'] - fakes['image']).mean()
    loss = verdict.loss + config.gan.l1 * l1
    return loss, (verdict.new, {'loss': loss, 'adversarial': verdict.loss, 'l1': l1})

  def show(batch, fakes):
    return {'source': batch['source'], 'generated': fakes['image'], 'true': batch['image']}

  def score(batch, fakes):
    return translation.score(batch['image'], fakes['image'])

  presentation = Presentation(show=show, score=score, translates={'source': 'image'})
  return discriminator.game(init, draw, generate, g_loss, presentation=presentation)


def beside(
  batch: Batch, images: Float[Array, 'B H W C'], augment: Callable = lambda images: images, side: str = 'real'
) -> tuple[Float[Array, 'B H W D']]:
  """What D is given: the source and the images, as channels of one."""
  return (jnp.concatenate([augment(batch['source']), augment(images)], -1),)
