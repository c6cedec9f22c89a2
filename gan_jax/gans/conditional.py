"""Noise and a condition to data: the class, attributes or real values of an image, by config.condition.

Mirza and Osindero 2014, https://arxiv.org/abs/1411.1784. How D reads the condition is `condition.name`, a
module in conditions/; how G takes it is `condition.generator`.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from ml_collections import ConfigDict

from gan_jax import errors, models
from gan_jax.data.spec import Spec
from gan_jax.gans import conditions
from gan_jax.gans.contract import GAN, Presentation
from gan_jax.gans.latent import latent_distribution
from gan_jax.gans.parts import sheets, styles
from gan_jax.gans.parts.condition import Condition
from gan_jax.gans.parts.discriminator import Discriminator
from gan_jax.gans.parts.styled_generator import generating
from gan_jax.models import layers

OPTIONS = {}
READS_CONDITIONS = True  # `draw` does, of the data: a run keeps rows of them
USES = ('condition',)  # the sections that it uses, of those that not every game does


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN whose generator maps latents and conditions to images like those of the data that have them."""
  condition = Condition(config.condition, spec, config.data.get('missing_labels', False))
  way = conditions.of(config.condition, condition)
  generator, distribution = conditioned(config, spec), latent_distribution(config.latents)
  if config.discriminator.pack > 1 and way.d_terms is not conditions.nothing:
    raise errors.UserError(
      f'condition.name={config.condition.name} reads single images: set discriminator.pack=1, or'
      ' condition.name=concat or projection'
    )
  network = way.wrap(models.make(config, 'discriminator'))

  def given(latents, vector):
    if config.condition.generator == 'concat':
      return (jnp.concatenate([latents, vector], -1),)
    return latents, vector

  def inputs(batch, images, augment, side):
    return (augment(images), condition.vector(batch, side)) if way.reads else (augment(images),)

  discriminator = Discriminator(config, network, inputs)
  if config.condition.mismatched and not way.reads:
    raise errors.UserError(
      f'condition.name={config.condition.name} gives D no condition to reject: condition.mismatched is for'
      ' concat and projection'
    )

  def init(rng, batch):
    g_rng, d_rng, draw_rng = jax.random.split(rng, 3)
    drawn = draw(draw_rng, batch)
    seen = inputs(batch, batch['image'], lambda images: images, 'real')
    g = generator.init(g_rng, *given(drawn['latents'], condition.vector(drawn, 'fake')), train=True)
    check_read(config, g)
    return {'g': g, 'd': network.init(d_rng, *seen, train=True)}

  def draw(rng, batch):
    latents_rng, condition_rng = jax.random.split(rng)
    count = len(batch['image'])
    latents = distribution(latents_rng, (count, config.latents.dim))
    return {'latents': latents, **condition.draw(condition_rng, batch)}

  def asked_of(batch):
    return given(batch['latents'], condition.vector(batch, 'fake'))

  generate = generating(generator, asked_of, distribution)

  def d_loss(variables, batch, fakes, rng):
    also = {'mismatched': batch['image']} if config.condition.mismatched else {}
    verdict = discriminator.d_loss(variables, batch, batch['image'], fakes['image'], rng, also)
    real, fake = condition.of(batch, 'real'), condition.of(batch, 'fake')
    terms = way.d_terms(verdict.real, real, verdict.fake, fake)
    loss = verdict.loss + sum(terms.values())
    return loss, (verdict.new, {**verdict.metrics, **terms, 'loss': loss})

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    terms = way.g_terms(verdict.fake, condition.of(batch, 'fake'))
    loss = verdict.loss + sum(terms.values())
    return loss, (verdict.new, {**verdict.metrics, **terms, 'loss': loss})

  def sheet(drawn):
    headings, rows = sheets.rows(condition, spec)
    return headings, sheets.asked(rows, drawn, spec)

  def figures(variables, batch, rng):
    run = jax.jit(lambda g, *asked: models.run(generator, g, *given(*asked), train=False)[0])
    latents = batch['latents']
    make = lambda vectors: run(
      variables['g'], latents, jnp.broadcast_to(vectors, (len(latents), condition.size))
    )
    vectors = condition.vector(batch, 'fake')
    return {
      file: {heading: make(vector) for heading, vector in steps.items()}
      for file, steps in sheets.walks(condition, spec, vectors).items()
    }

  presentation = Presentation(
    view=spec.view,
    ranges=condition.ranges,
    sheet=sheet,
    figures=figures,
    styles=styles.of(generator, asked_of),
  )
  return discriminator.game(init, draw, generate, g_loss, d_loss=d_loss, presentation=presentation)


def conditioned(config: ConfigDict, spec: Spec) -> nn.Module:
  """The generator, which takes the condition as config.condition.generator says. Raises UserError."""
  way, shape = config.condition.generator, spec.shape('image')
  if way == 'concat':
    return models.make(config, 'generator', image_shape=shape)
  generator = models.make(config, 'generator', image_shape=shape, conditioning=way)
  if not layers.takes(generator, 'condition'):
    raise errors.UserError(
      f'generator.name={config.generator.name} takes no condition: condition.generator=concat puts it beside'
      ' its latents'
    )
  return generator


def check_read(config: ConfigDict, variables: dict) -> None:
  """Raises UserError for a generator that would never see its condition."""
  paths = jax.tree_util.tree_leaves_with_path(variables['params'])
  modulated = any('Modulation' in jax.tree_util.keystr(path) for path, _ in paths)
  if config.condition.generator != 'concat' and not modulated:
    raise errors.UserError(
      f'condition.generator={config.condition.generator} has no place in this generator, which has no batch'
      ' norm: set condition.generator=modulation or concat'
    )
