"""A conditional GAN by class: Mirza and Osindero 2014, https://arxiv.org/abs/1411.1784."""

import jax

from games import networks
from gan_jax import models
from gan_jax.gans.contract import Presentation
from gan_jax.gans.parts.discriminator import Discriminator


def make(config, spec):
  """A GAN whose generator makes images of the classes 'fake_label' [B]."""
  classes, generator = spec.num_classes, networks.Generator(spec.shape('image'))
  one_hot = lambda labels: jax.nn.one_hot(labels, classes)

  def inputs(batch, images, augment, side):
    return augment(images), one_hot(batch['label' if side == 'real' else 'fake_label'])

  network = networks.Discriminator()
  discriminator = Discriminator(config, network, inputs)

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    drawn = draw(rng, batch)
    return {
      'g': generator.init(g_rng, drawn['latents'], one_hot(drawn['fake_label'])),
      'd': network.init(d_rng, batch['image'], one_hot(batch['label'])),
    }

  def draw(rng, batch):
    latents_rng, labels_rng = jax.random.split(rng)
    size = len(batch['image'])
    labels = jax.random.randint(labels_rng, (size,), 0, classes)
    return {'latents': jax.random.normal(latents_rng, (size, config.latents.dim)), 'fake_label': labels}

  def generate(variables, batch, rng, train):
    given = batch['latents'], one_hot(batch['fake_label'])
    images, new = models.run(generator, variables['g'], *given, train=train, rng=rng)
    return {'image': images}, {'g': new}

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    return verdict.loss, (verdict.new, verdict.metrics)

  presentation = Presentation(ranges={'fake_label': (0, classes - 1)})
  return discriminator.game(init, draw, generate, g_loss, presentation=presentation)
