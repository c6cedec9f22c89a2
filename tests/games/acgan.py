"""An auxiliary classifier: Odena et al. 2017, https://arxiv.org/abs/1610.09585."""

import dataclasses

import optax

from games import conditional, networks
from gan_jax.gans.parts.discriminator import Discriminator

OPTIONS = {'classification': 1.0}


def make(config, spec):
  """The conditional GAN whose D is not told the class, but reads it, and G is to make it readable."""
  gan, network = conditional.make(config, spec), networks.Discriminator(classes=spec.num_classes)
  discriminator = Discriminator(config, network)

  def init(rng, batch):
    return {**gan.init(rng, batch), 'd': network.init(rng, batch['image'])}

  def read(outputs, labels):
    return optax.softmax_cross_entropy_with_integer_labels(outputs['class_logits'], labels).mean()

  def d_loss(variables, batch, fakes, rng):
    verdict = discriminator.d_loss(variables, batch, batch['image'], fakes['image'], rng)
    classes = read(verdict.real, batch['label']) + read(verdict.fake, batch['fake_label'])
    loss = verdict.loss + config.gan.classification * classes
    return loss, (verdict.new, {**verdict.metrics, 'loss': loss, 'classes': classes})

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    classes = read(verdict.fake, batch['fake_label'])
    loss = verdict.loss + config.gan.classification * classes
    return loss, (verdict.new, {'loss': loss, 'classes': classes})

  return dataclasses.replace(
    gan, init=init, discriminate=discriminator.discriminate, d_loss=d_loss, g_loss=g_loss
  )
