"""An augmentation whose probability follows D: as in ADA, Karras et al. 2020, https://arxiv.org/abs/2006.06676."""

import jax
import jax.numpy as jnp

from gan_jax.gans.augmentations import Augmentation

OPTIONS = {'target': 0.6, 'speed': 0.1}


def make(config):
  """Images mirrored with a probability that rises while D is surer of the real ones than `target`."""
  options = config.augment

  def apply(images, rng, state):
    coins = jax.random.bernoulli(rng, state['probability'], (len(images),))
    return jnp.where(coins.reshape(-1, *[1] * (images.ndim - 1)), images[..., ::-1, :], images)

  def update(state, real_outputs, fake_outputs):
    surer = jnp.sign(jnp.sign(real_outputs['logits']).mean() - options.target)
    return {'probability': jnp.clip(state['probability'] + options.speed * surer, 0, 1)}

  return Augmentation(apply, lambda: {'probability': jnp.float32(0.5)}, update)
