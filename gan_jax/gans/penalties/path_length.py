"""Path length: steps of latents are to change images by one amount; `penalty.path_length` is 2 in StyleGAN2.

Karras et al. 2020, eq. 4, https://arxiv.org/abs/1912.04958: E[(||J^T y|| - a)^2], a the moving average of the
lengths, without a gradient of its own. See regularizers.path_lengths. A game whose G has an intermediate
latent space gives it among its fakes as 'styles' [B, ..., D], and takes 'styles' of the batch in its place;
then lengths are with respect to these.
"""

import jax
import jax.numpy as jnp

from gan_jax import regularizers
from gan_jax.configs.fields import Field
from gan_jax.gans.penalties import Generated, GeneratorContext, Penalty

SIDE = 'g'
OPTIONS = {
  'decay': Field(0.99, '[0, 1)', 'of the moving average of lengths; StyleGAN2 writes 0.01 for 1 - this'),
  'shrink': Field(2, '>= 1', 'of so many examples of a batch the length of one is taken'),
}


def make(options: dict) -> Penalty:
  """The Penalty, whose state is {'mean': []}."""

  def play(generated: Generated):
    styles = generated.fakes.get('styles')
    name, values = ('latents', generated.latents) if styles is None else ('styles', styles)
    # Every so-many-th example, so that each device has its share.
    part = {k: v if k == 'step' else v[:: options['shrink']] for k, v in generated.batch.items()}
    images = lambda values: generated.generate({**part, name: values})[generated.output]
    return regularizers.path_lengths(images, values[:: options['shrink']], generated.rng)

  def update(context: GeneratorContext, state: dict):
    return {'mean': options['decay'] * state['mean'] + (1 - options['decay']) * context.played.mean()}

  def term(context: GeneratorContext, state: dict):
    mean = jax.lax.stop_gradient(update(context, state)['mean'])
    return jnp.mean((context.played - mean) ** 2)

  return Penalty(term, lambda: {'mean': jnp.zeros(())}, update, play)
