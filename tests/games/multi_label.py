"""Several real-valued labels at once, [B, K], given to both players."""

import jax

from games import networks
from gan_jax import models
from gan_jax.gans.contract import Presentation
from gan_jax.gans.parts.discriminator import Discriminator


def make(config, spec):
  """A GAN whose generator makes images with the attributes 'fake_attributes' [B, K] in [0, 1]."""
  (count,), generator = spec.shape('attributes'), networks.Generator(spec.shape('image'))
  network = networks.Discriminator()

  def inputs(batch, images, augment, side):
    return augment(images), batch['attributes' if side == 'real' else 'fake_attributes']

  discriminator = Discriminator(config, network, inputs)

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    given = draw(rng, batch).values()
    return {'g': generator.init(g_rng, *given), 'd': network.init(d_rng, batch['image'], batch['attributes'])}

  def draw(rng, batch):
    latents_rng, attributes_rng = jax.random.split(rng)
    size = len(batch['image'])
    latents = jax.random.normal(latents_rng, (size, config.latents.dim))
    return {'latents': latents, 'fake_attributes': jax.random.uniform(attributes_rng, (size, count))}

  def generate(variables, batch, rng, train):
    given = batch['latents'], batch['fake_attributes']
    images, new = models.run(generator, variables['g'], *given, train=train, rng=rng)
    return {'image': images}, {'g': new}

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    return verdict.loss, (verdict.new, verdict.metrics)

  presentation = Presentation(ranges={'fake_attributes': (0, 1)})
  return discriminator.game(init, draw, generate, g_loss, presentation=presentation)
