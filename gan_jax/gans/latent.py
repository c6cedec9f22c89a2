"""Noise to data: the GAN of Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from gan_jax import errors, models
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import GAN, Presentation
from gan_jax.gans.parts import styles
from gan_jax.gans.parts.discriminator import Discriminator
from gan_jax.gans.parts.styled_generator import generating

OPTIONS = {}


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN whose generator maps latents [B, latents.dim] to images like the data's, or points."""
  generator = models.make(config, 'generator', image_shape=spec.shape('image'))
  network = models.make(config, 'discriminator')
  discriminator = Discriminator(config, network)
  distribution = latent_distribution(config.latents)

  def init(rng, batch):
    g_rng, d_rng, latent_rng = jax.random.split(rng, 3)
    latents = draw(latent_rng, batch)['latents']
    return {
      'g': generator.init(g_rng, latents, train=True),
      'd': network.init(d_rng, batch['image'], train=True),
    }

  def draw(rng, batch):
    return {'latents': distribution(rng, (len(batch['image']), config.latents.dim))}

  generate = generating(generator, lambda batch: (batch['latents'],), distribution)

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    return verdict.loss, (verdict.new, verdict.metrics)

  presentation = Presentation(view=spec.view, styles=styles.of(generator, lambda drawn: (drawn['latents'],)))
  return discriminator.game(init, draw, generate, g_loss, presentation=presentation)


DISTRIBUTIONS = {
  'normal': jax.random.normal,
  'uniform': lambda rng, shape: jax.random.uniform(rng, shape, minval=-1.0, maxval=1.0),
  'truncated_normal': lambda rng, shape: jax.random.truncated_normal(rng, -2.0, 2.0, shape),
}


def latent_distribution(options: ConfigDict) -> Callable:
  """(rng, shape) -> latents [..., dim] of config.latents: `signs` times +1 or -1, then those of `law`.

  Raises UserError for an unknown distribution, and for more signs than there are dimensions.
  """
  if options.law not in DISTRIBUTIONS:
    raise errors.unknown('latents.law', options.law, DISTRIBUTIONS)
  if not 0 <= options.signs <= options.dim:
    raise errors.UserError(f'latents.signs={options.signs} of latents.dim={options.dim}')
  numbers = DISTRIBUTIONS[options.law]

  def draw(rng, shape):
    signs_rng, rng = jax.random.split(rng)
    signs = jax.random.rademacher(signs_rng, (*shape[:-1], options.signs), jnp.float32)
    return jnp.concatenate([signs, numbers(rng, (*shape[:-1], shape[-1] - options.signs))], -1)

  return draw if options.signs else numbers
