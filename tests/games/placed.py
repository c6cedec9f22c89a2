"""Words and a place to an image, and a D that knows a wrong caption: as GAWWN, Reed et al. 2016, sec. 3.

https://arxiv.org/abs/1610.02454.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn

from games import networks
from gan_jax import models
from gan_jax.gans.contract import Presentation
from gan_jax.gans.parts.discriminator import Discriminator


class Reader(nn.Module):
  """A network that reads a caption [B, L] of words before all else: `inside` is given its embedding."""

  inside: nn.Module
  words: int

  @nn.compact
  def __call__(self, caption, *inputs, train=False):
    return self.inside(nn.Embed(self.words, 4)(caption).mean(1), *inputs, train=train)


def make(config, spec):
  """A GAN of 'fake_caption' [B, L] and 'fake_box' [B, 4], drawn of random words and places."""
  words, (length,) = len(spec.vocabulary), spec.shape('caption')
  generator = Reader(networks.Generator(spec.shape('image')), words)
  network = Reader(networks.Discriminator(), words)
  names = {
    'real': ('caption', 'box'), 'mismatched': ('caption_wrong', 'box'), 'fake': ('fake_caption', 'fake_box')
  }  # fmt: skip

  def inputs(batch, images, augment, side):
    caption, box = names[side]
    return batch[caption], augment(images), batch[box]

  discriminator = Discriminator(config, network, inputs)

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    given = draw(rng, batch)
    return {
      'g': generator.init(g_rng, given['fake_caption'], given['latents'], given['fake_box']),
      'd': network.init(d_rng, batch['caption'], batch['image'], batch['box']),
    }

  def draw(rng, batch):
    latents_rng, words_rng, box_rng = jax.random.split(rng, 3)
    size = len(batch['image'])
    return {
      'latents': jax.random.normal(latents_rng, (size, config.latents.dim)),
      'fake_caption': jax.random.randint(words_rng, (size, length), 0, words),
      'fake_box': jax.random.uniform(box_rng, (size, 4)) / 2,
    }

  def generate(variables, batch, rng, train):
    given = batch['fake_caption'], batch['latents'], batch['fake_box']
    images, new = models.run(generator, variables['g'], *given, train=train, rng=rng)
    return {'image': images}, {'g': new}

  def d_loss(variables, batch, fakes, rng):
    loss_rng, wrong_rng = jax.random.split(rng)
    verdict = discriminator.d_loss(variables, batch, batch['image'], fakes['image'], loss_rng)
    wrong, _ = discriminator.forward(variables, batch, batch['image'], 'mismatched', wrong_rng)
    mismatched = jnp.mean(nn.softplus(wrong['logits']))
    loss = verdict.loss + 0.5 * mismatched
    return loss, (verdict.new, {**verdict.metrics, 'loss': loss, 'mismatched': mismatched})

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    return verdict.loss, (verdict.new, verdict.metrics)

  presentation = Presentation(ranges={'fake_caption': (0, words - 1), 'fake_box': (0, 1)})
  return discriminator.game(init, draw, generate, g_loss, d_loss=d_loss, presentation=presentation)
