"""A projection discriminator: Miyato and Koyama 2018, eq. 3, https://arxiv.org/abs/1802.05637."""

import dataclasses

import jax

from games import conditional, networks
from gan_jax.gans.parts.discriminator import Discriminator


def make(config, spec):
  """The conditional GAN whose D takes the product of an embedded class and its features."""
  gan, network = conditional.make(config, spec), networks.Discriminator(projects=True)
  one_hot = lambda labels: jax.nn.one_hot(labels, spec.num_classes)

  def inputs(batch, images, augment, side):
    return augment(images), one_hot(batch['label' if side == 'real' else 'fake_label'])

  discriminator = Discriminator(config, network, inputs)

  def init(rng, batch):
    return {**gan.init(rng, batch), 'd': network.init(rng, batch['image'], one_hot(batch['label']))}

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    return verdict.loss, (verdict.new, verdict.metrics)

  judge, d_loss = discriminator.discriminate, discriminator.tell_apart
  return dataclasses.replace(gan, init=init, discriminate=judge, d_loss=d_loss, g_loss=g_loss)
