"""D is to say the same of shifted images: CR-GAN, Zhang et al. 2020, https://arxiv.org/abs/1910.12027."""

import dataclasses

import jax
import jax.numpy as jnp

from games import networks
from gan_jax.gans import latent
from gan_jax.gans.parts.discriminator import Discriminator

OPTIONS = {'weight': 10.0}


def make(config, spec):
  """The GAN of noise and data, whose D sees each real image twice."""
  gan, network = latent.make(config, spec), networks.Discriminator()
  discriminator = Discriminator(config, network)

  def init(rng, batch):
    return {**gan.init(rng, batch), 'd': network.init(rng, batch['image'])}

  def d_loss(variables, batch, fakes, rng):
    loss_rng, again_rng = jax.random.split(rng)
    verdict = discriminator.d_loss(variables, batch, batch['image'], fakes['image'], loss_rng)
    shifted = jnp.roll(batch['image'], 1, axis=2)
    again, _ = discriminator.forward(variables, batch, shifted, 'real', again_rng)
    apart = jnp.square(verdict.real['logits'] - again['logits']).mean()
    loss = verdict.loss + config.gan.weight * apart
    return loss, (verdict.new, {**verdict.metrics, 'loss': loss, 'consistency': apart})

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    return verdict.loss, (verdict.new, verdict.metrics)

  return dataclasses.replace(
    gan, init=init, discriminate=discriminator.discriminate, d_loss=d_loss, g_loss=g_loss
  )
