"""Missing parts of images filled in: context encoders (Pathak et al. 2016) and U-Nets that see the mask.

https://arxiv.org/abs/1604.07379. The batch has 'image'; 'mask' [B, H, W, 1], 1 where the image is missing, is
drawn for each. What is known stays as it is, bit for bit.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax import models
from gan_jax.configs.fields import Field, names
from gan_jax.data.spec import Spec
from gan_jax.evaluation.metrics import translation
from gan_jax.gans.contract import GAN, Batch, Presentation
from gan_jax.gans.parts import masks
from gan_jax.gans.parts.discriminator import Discriminator

OPTIONS = {
  'mask': Field('centre', names(masks.KINDS), 'what is missing'),
  'reconstruction': Field(100.0, '>= 0', 'weight of E|image - fake| over the missing pixels'),
  'adversarial': Field(1.0, '>= 0', "weight of the adversarial loss in G's"),
}


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN whose generator makes what is missing of 'image' [B, H, W, C]. Raises UserError."""
  shape = spec.shape('image')
  kind = masks.find(config.gan.mask)
  generator = models.make(config, 'generator', image_shape=shape)
  network = models.make(config, 'discriminator')
  discriminator, weights = Discriminator(config, network), config.gan

  def init(rng, batch):
    g_rng, d_rng, mask_rng = jax.random.split(rng, 3)
    seen = holed({**batch, **draw(mask_rng, batch)})
    return {
      'g': generator.init(g_rng, seen, train=True),
      'd': network.init(d_rng, batch['image'], train=True),
    }

  def draw(rng, batch):
    rngs = jax.random.split(rng, len(batch['image']))
    return {'mask': jax.vmap(lambda rng: kind(rng, shape[:2]))(rngs)}

  def generate(variables, batch, rng, train):
    filled, new = models.run(generator, variables['g'], holed(batch), train=train, rng=rng)
    return {'image': jnp.where(batch['mask'] > 0, filled, batch['image'])}, {'g': new}

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    differences = batch['mask'] * jnp.abs(batch['image'] - fakes['image'])
    reconstruction = differences.sum() / (batch['mask'].sum() * shape[-1])
    loss = weights.adversarial * verdict.loss + weights.reconstruction * reconstruction
    return loss, (verdict.new, {'loss': loss, 'adversarial': verdict.loss, 'reconstruction': reconstruction})

  def show(batch, fakes):
    return {'known': holed(batch)[..., :-1], 'filled in': fakes['image'], 'true': batch['image']}

  def score(batch, fakes):
    true, mask = batch['image'], batch['mask']
    known = 1 - mask
    mean = (true * known).sum((1, 2), keepdims=True) / known.sum((1, 2), keepdims=True)
    hole = lambda images: translation.psnr_within(true, images, mask)
    return {
      **translation.score(true, fakes['image']),
      'psnr_hole': hole(fakes['image']),
      'psnr_hole_mean': hole(jnp.broadcast_to(mean, true.shape)),
    }

  presentation = Presentation(show=show, score=score, translates={'image': 'image'})
  return discriminator.game(init, draw, generate, g_loss, presentation=presentation)


def holed(batch: Batch) -> Float[Array, 'B H W D']:
  """What G is given: the image's channels, 0 where it is missing, and the mask."""
  return jnp.concatenate([batch['image'] * (1 - batch['mask']), batch['mask']], -1)
