"""A GAN for arrays of any shape and name: sound [B, T, 1], one-hot text [B, L, V], video [B, T, H, W, C]."""

import jax

from games import networks
from gan_jax import models
from gan_jax.gans.contract import Presentation
from gan_jax.gans.parts.discriminator import Discriminator

OPTIONS = {'output': 'sound', 'softmax': False}


def make(config, spec):
  """A GAN of noise and batch[gan.output]; with `softmax` it makes probabilities, of the last axis."""
  name, shape = config.gan.output, spec.shape(config.gan.output)
  generator, network = networks.Generator(shape), networks.Discriminator()
  discriminator = Discriminator(config, network)

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    return {'g': generator.init(g_rng, draw(rng, batch)['latents']), 'd': network.init(d_rng, batch[name])}

  def draw(rng, batch):
    return {'latents': jax.random.normal(rng, (len(batch[name]), config.latents.dim))}

  def generate(variables, batch, rng, train):
    made, new = models.run(generator, variables['g'], batch['latents'], train=train, rng=rng)
    return {name: jax.nn.softmax(9 * made) if config.gan.softmax else made}, {'g': new}

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch[name], fakes[name], rng)
    return verdict.loss, (verdict.new, verdict.metrics)

  presentation = Presentation(view=spec.view, output=name)
  return discriminator.game(init, draw, generate, g_loss, presentation=presentation)
