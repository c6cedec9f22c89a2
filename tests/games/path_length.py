"""Steps of latents are to change images by a fixed amount: StyleGAN2, Karras et al. 2020, sec. 3.2."""

import dataclasses

import jax
import jax.numpy as jnp

from gan_jax.gans import latent

OPTIONS = {'weight': 2.0, 'decay': 0.9}


def make(config, spec):
  """The GAN of noise and data, with the lengths of G's gradients among the fakes and their mean as state."""
  gan, options = latent.make(config, spec), config.gan

  def init(rng, batch):
    return {**gan.init(rng, batch), 'path': {'length': {'mean': jnp.zeros(())}}}

  def generate(variables, batch, rng, train):
    if not train:
      return gan.generate(variables, batch, rng, train)

    def images_of(latents):
      fakes, new = gan.generate(variables, {**batch, 'latents': latents}, rng, train)
      return fakes['image'], new

    images, pullback, new = jax.vjp(images_of, batch['latents'], has_aux=True)
    directions = jax.random.normal(rng, images.shape) / jnp.sqrt(images[0].size)
    (gradients,) = pullback(directions)
    return {'image': images, 'lengths': jnp.sqrt(jnp.square(gradients).sum(-1))}, new

  def g_loss(variables, batch, fakes, rng):
    loss, (new, metrics) = gan.g_loss(variables, batch, fakes, rng)
    mean = variables['path']['length']['mean']
    mean = mean + (1 - options.decay) * (jax.lax.stop_gradient(fakes['lengths'].mean()) - mean)
    penalty = jnp.square(fakes['lengths'] - mean).mean()
    loss += options.weight * penalty
    return loss, ({**new, 'path': {'length': {'mean': mean}}}, {**metrics, 'loss': loss, 'path_length': mean})

  return dataclasses.replace(gan, init=init, generate=generate, g_loss=g_loss)
