"""A game of captions in which D knows a wrong one: what GAN-INT-CLS and GAWWN have in common."""

import functools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Shaped
from ml_collections import ConfigDict

from gan_jax import models
from gan_jax.configs.fields import Field
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import GAN, Presentation
from gan_jax.gans.latent import latent_distribution
from gan_jax.gans.parts import encoders, word_scores, words
from gan_jax.gans.parts.discriminator import Discriminator
from gan_jax.gans.parts.word_figures import figures

OPTIONS = {
  'mismatched': Field(True, about='D has to reject real images with captions of others, too'),
  'interpolation': Field(0.0, '>= 0', 'weight of what G learns from images between two captions'),
  'beta': Field(0.5, '[0, 1]', 'how much of the first of them is in between, by gan.interpolation'),
  **words.OPTIONS,
  'agreement': Field(
    0.0, '>= 0', "weight of how far G's images agree with their captions for that encoder, if there is one"
  ),
}


def make(config: ConfigDict, spec: Spec, place: str = '') -> GAN:
  """A GAN of 'fake_caption' [B, L] and, where a `place` of the data is named, of 'fake_box' [B, 4], say.

  D accepts real images with their captions. It rejects fakes and real images with wrong captions, alike:
  Reed et al. 2016, algorithm 1, https://arxiv.org/abs/1605.05396. `interpolation` is the weight of their
  eq. 5, of captions' vectors between two, `beta` of the first, for which there are no real images. Raises
  UserError.
  """
  reading, options = words.Words(config, spec), config.gan
  generator = models.make(config, 'generator', image_shape=spec.shape('image'))
  generator, network = (
    reading.reader(some, options.beta) for some in (generator, models.make(config, 'discriminator'))
  )
  needed = [place] * bool(place) + ['caption_wrong'] * options.mismatched
  shapes = {name: spec.shape(name) for name in needed}
  conditions = ['caption', *([place] * bool(place))]
  distribution = latent_distribution(config.latents)

  def where(batch, name):
    return [batch[name]] if place else []

  def inputs(batch, images, augment, side):
    shown = augment(images)
    if side == 'real':
      return batch['caption'], shown, *where(batch, place)
    if side == 'mismatched':
      return batch['caption_wrong'], shown, *where(batch, place)
    caption = batch['fake_caption'] if side == 'fake' else with_next(batch['fake_caption'])
    return caption, shown, *where(batch, f'fake_{place}')

  discriminator = Discriminator(config, network, inputs)

  def init(rng, batch):
    g_rng, d_rng, draw_rng = jax.random.split(rng, 3)
    read = reading.read(reading.frozen, {**batch, **draw(draw_rng, batch)})
    given = read['fake_caption'], read['latents'], *where(read, f'fake_{place}')
    seen = inputs(read, batch['image'], lambda images: images, 'real')
    return {
      'g': generator.init(g_rng, *given, train=True),
      'd': network.init(d_rng, *seen, train=True),
      **reading.frozen,
    }

  def draw(rng, batch):
    latents = distribution(rng, (len(batch['image']), config.latents.dim))
    return {'latents': latents, **{f'fake_{name}': batch[name] for name in conditions}}

  def generate(variables, batch, rng, train):
    batch = reading.read(variables, batch)
    caption, *others = batch['fake_caption'], batch['latents'], *where(batch, f'fake_{place}')
    image, new = models.run(generator, variables['g'], caption, *others, train=train, rng=rng)
    fakes = {'image': image}
    if train and options.interpolation:
      after = {**variables['g'], **new}
      between = with_next(caption)
      fakes['interpolated'], new = models.run(generator, after, between, *others, train=train, rng=rng)
    return fakes, {'g': new}

  def d_loss(variables, batch, fakes, rng):
    batch = reading.read(variables, batch)
    also = {'mismatched': batch['image']} if options.mismatched else {}
    verdict = discriminator.d_loss(variables, batch, batch['image'], fakes['image'], rng, also)
    return verdict.loss, (verdict.new, verdict.metrics)

  def g_loss(variables, batch, fakes, rng):
    batch = reading.read(variables, batch)
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    loss, terms = verdict.loss, {}
    if options.interpolation:
      between_rng = jax.random.fold_in(rng, 1)
      seen, _ = discriminator.forward(variables, batch, fakes['interpolated'], 'interpolated', between_rng)
      interpolated = discriminator.loss.generator(verdict.real['logits'], seen['logits'])
      loss, terms['interpolated'] = loss + options.interpolation * interpolated, interpolated
    if options.agreement and reading.frozen:
      terms['disagreement'] = reading.disagreement(variables, batch, fakes['image'])
      loss = loss + options.agreement * terms['disagreement']
    if terms:
      terms['adversarial'] = verdict.loss
    return loss, (verdict.new, {'loss': loss, **terms})

  def discriminate(variables, batch, images):
    return discriminator.discriminate(variables, reading.read(variables, batch), images)

  def judged(variables, batch, side):
    seen = inputs(reading.read(variables, batch), batch['image'], lambda images: images, side)
    return models.run(network, variables['d'], *seen, train=False)[0]['logits']

  def examine(variables, batch, rng):
    right, wrong = (judged(variables, batch, side) for side in ('real', 'mismatched'))
    differ = (batch['caption'] != batch['caption_wrong']).any(-1)
    return {'right_caption_first': jnp.where(differ, (right > wrong).astype(jnp.float32), jnp.nan)}

  drawn = functools.partial(generate, rng=jax.random.key(0), train=False)
  presentation = Presentation(
    ranges={'fake_caption': (0, len(spec.vocabulary) - 1), **({f'fake_{place}': (0, 1)} if place else {})},
    encoders={'fake_caption': encoders.captions(spec), 'fake_box': encoders.boxes},
    figures=figures(lambda variables, batch: drawn(variables, batch)[0]['image'], place),
    reads=(reads := word_scores.readable(spec, place)),
    score=word_scores.score(place, spec.attribute_names) if reads else None,
    examine=examine if 'caption_wrong' in shapes else None,
  )
  parts = {'d_loss': d_loss, 'discriminate': discriminate, 'presentation': presentation}
  return discriminator.game(init, draw, generate, g_loss, **parts)


def with_next(captions: Shaped[Array, 'B N']) -> Shaped[Array, 'B 2 N']:
  """Each caption, or its vector, with that of the next: a Reader takes its share of both vectors."""
  return jnp.stack([captions, jnp.roll(captions, 1, 0)], 1)
