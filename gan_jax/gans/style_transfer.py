"""One set of images in the style of another, without pairs: an encoder-decoder against a patch discriminator.

The batch has 'source', the content, and 'image', the style; the pixels of the content hold the result to it.
"""

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from gan_jax import models
from gan_jax.configs.fields import Field
from gan_jax.data.spec import Spec
from gan_jax.evaluation.metrics import translation
from gan_jax.gans.contract import GAN, Presentation
from gan_jax.gans.parts.discriminator import Discriminator

OPTIONS = {
  'content': Field(1.0, '>= 0', 'weight of E[(source - fake)^2]'),
  'adversarial': Field(1.0, '>= 0', "weight of the adversarial loss in G's"),
}


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN whose generator makes images like 'image' [B, H, W, C] of 'source' [B, H', W', C]."""
  generator = models.make(config, 'generator', image_shape=spec.shape('image'))
  network = models.make(config, 'discriminator')
  discriminator, weights = Discriminator(config, network), config.gan

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    return {
      'g': generator.init(g_rng, batch['source'], train=True),
      'd': network.init(d_rng, batch['image'], train=True),
    }

  def draw(rng, batch):
    return {}

  def generate(variables, batch, rng, train):
    images, new = models.run(generator, variables['g'], batch['source'], train=train, rng=rng)
    return {'image': images}, {'g': new}

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    content = jnp.mean((batch['source'] - fakes['image']) ** 2)
    loss = weights.adversarial * verdict.loss + weights.content * content
    return loss, (verdict.new, {'loss': loss, 'adversarial': verdict.loss, 'content': content})

  def show(batch, fakes):
    return {'content': batch['source'], 'style': batch['image'], 'generated': fakes['image']}

  def score(batch, fakes):
    stylised, size = fakes['image'], len(fakes['image'])
    distances = {'': stylised, '_content': batch['source']}
    return {
      'edge_correlation': translation.edge_correlation(batch['source'], stylised),
      **{
        f'style_distance{name}': jnp.full(size, translation.patch_distance(images, batch['image']))
        for name, images in distances.items()
      },
    }

  presentation = Presentation(show=show, score=score, translates={'source': 'image'})
  return discriminator.game(init, draw, generate, g_loss, presentation=presentation)
