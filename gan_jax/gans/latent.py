"""Noise to data: the GAN of Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661."""

import jax
import jax.numpy as jnp

from gan_jax import gans, models, names, regularizers
from gan_jax.step import GAN, merge

OPTIONS = {}


def make(config, spec):
  """A GAN whose generator maps latents [B, latents.dim] to images like spec['image']."""
  generator = models.make(config, 'generator', image_shape=spec['image'].shape[1:])
  discriminator = models.make(config, 'discriminator')
  loss = gans.loss(config)
  law = latent_law(config.latents)

  def init(rng, batch):
    g_rng, d_rng, latent_rng = jax.random.split(rng, 3)
    latents = draw(latent_rng, batch)['latents']
    return {
      'g': generator.init(g_rng, latents, train=True),
      'd': discriminator.init(d_rng, batch['image'], train=True),
    }

  def draw(rng, batch):
    return {'latents': law(rng, (len(batch['image']), config.latents.dim))}

  def generate(variables, batch, rng, train):
    images, new = models.run(generator, variables['g'], batch['latents'], train=train, rng=rng)
    return {'image': images}, {'g': new}

  def discriminate(variables, batch, images):
    return models.run(discriminator, variables['d'], images, train=False)[0]

  def judge(variables, images, rng):
    """D's outputs while training, and its variables with what the images did to them."""
    outputs, new = models.run(discriminator, variables['d'], images, train=True, rng=rng)
    return outputs, merge(variables, {'d': new})

  def noisy(images, batch, rng):
    noise = config.instance_noise
    if regularizers.absent(noise.sigma):
      return images
    sigma = regularizers.anneal(noise.sigma, noise.steps, batch['step'])
    return regularizers.instance_noise(images, rng, sigma)

  def d_loss(variables, batch, fakes, rng):
    rngs = jax.random.split(rng, 5)
    real_images, fake_images = noisy(batch['image'], batch, rngs[0]), noisy(fakes['image'], batch, rngs[1])
    real, after = judge(variables, real_images, rngs[2])
    fake, after = judge(after, fake_images, rngs[3])
    adversarial = loss.discriminator(real['logits'], fake['logits'])
    critic = lambda images: judge(variables, images, rngs[2])[0]['logits']
    progress = batch['step'] / config.train.num_steps
    penalty, terms = regularizers.total(
      config.penalty, critic, real_images, fake_images, rngs[4], batch['step'], progress
    )
    logits = {'real_logit': real['logits'].mean(), 'fake_logit': fake['logits'].mean()}
    apart = loss.terms(real['logits'], fake['logits'])
    metrics = {'loss': adversarial + penalty, **logits, **apart, **terms}
    return metrics['loss'], ({'d': {k: v for k, v in after['d'].items() if k != 'params'}}, metrics)

  def g_loss(variables, batch, fakes, rng):
    rngs = jax.random.split(rng, 4)
    fake, _ = judge(variables, noisy(fakes['image'], batch, rngs[0]), rngs[1])
    # Not computed unless the loss uses it.
    real, _ = judge(variables, noisy(batch['image'], batch, rngs[2]), rngs[3])
    value = loss.generator(real['logits'], fake['logits'])
    return value, ({}, {'loss': value})

  return GAN(init, draw, generate, discriminate, d_loss, g_loss)


LAWS = {
  'normal': jax.random.normal,
  'uniform': lambda rng, shape: jax.random.uniform(rng, shape, minval=-1.0, maxval=1.0),
  'truncated_normal': lambda rng, shape: jax.random.truncated_normal(rng, -2.0, 2.0, shape),
}


def latent_law(options):
  """(rng, shape) -> latents [..., dim] of config.latents: `signs` times +1 or -1, then those of its law.

  Raises UserError for an unknown law, and for more signs than there are dimensions.
  """
  if options.law not in LAWS:
    raise names.unknown('latents.law', options.law, LAWS)
  if not 0 <= options.signs <= options.dim:
    raise names.UserError(f'latents.signs={options.signs} of latents.dim={options.dim}')
  law = LAWS[options.law]

  def draw(rng, shape):
    signs_rng, rng = jax.random.split(rng)
    signs = jax.random.rademacher(signs_rng, (*shape[:-1], options.signs), jnp.float32)
    return jnp.concatenate([signs, law(rng, (*shape[:-1], shape[-1] - options.signs))], -1)

  return draw if options.signs else law
