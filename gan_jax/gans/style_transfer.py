"""One set of images in the style of another, without pairs: an encoder-decoder against a patch discriminator.

The batch has 'source', the content, and 'image', the style; the pixels of the content hold the result to it.
"""

import jax
import jax.numpy as jnp

from gan_jax import models
from gan_jax.evaluation.metrics import translation
from gan_jax.gans.parts.discriminator import Adversary

OPTIONS = {
  'content': 1.0,  # weight of E[(source - made)^2]
  'adversarial': 1.0,
}


def make(config, spec):
  """A GAN whose generator makes images like 'image' [B, H, W, C] of 'source' [B, H', W', C]."""
  generator = models.make(config, 'generator', image_shape=spec['image'].shape[1:])
  discriminator = models.make(config, 'discriminator')
  adversary, weights = Adversary(config, discriminator), config.gan

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    return {
      'g': generator.init(g_rng, batch['source'], train=True),
      'd': discriminator.init(d_rng, batch['image'], train=True),
    }

  def draw(rng, batch):
    return {}

  def generate(variables, batch, rng, train):
    images, new = models.run(generator, variables['g'], batch['source'], train=train, rng=rng)
    return {'image': images}, {'g': new}

  def g_loss(variables, batch, fakes, rng):
    verdict = adversary.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    content = jnp.mean((batch['source'] - fakes['image']) ** 2)
    loss = weights.adversarial * verdict.loss + weights.content * content
    return loss, (verdict.new, {'loss': loss, 'adversarial': verdict.loss, 'content': content})

  def show(batch, fakes):
    return {'content': batch['source'], 'style': batch['image'], 'made': fakes['image']}

  def score(batch, fakes):
    made, size = fakes['image'], len(fakes['image'])
    distances = {'': made, '_content': batch['source']}
    return {
      'edge_correlation': translation.edge_correlation(batch['source'], made),
      **{
        f'style_distance{name}': jnp.full(size, translation.patch_distance(images, batch['image']))
        for name, images in distances.items()
      },
    }

  return adversary.game(init, draw, generate, g_loss, show=show, score=score, translates={'source': 'image'})
