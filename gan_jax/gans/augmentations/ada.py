"""ADA: changes of place and colour, the more often the surer D is of real images.

Karras et al. 2020, https://arxiv.org/abs/2006.06676: the changes of app. B (parts/ada_pipe.py) and the
rule of sec. 3, by which p holds the mean sign of D on real images. Not theirs: the sign is that of the
difference to the logit of a D that cannot tell, 0.5 for least squares; with a loss that looks at differences
of logits alone, to the mean logit of generated images.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax.configs.fields import Field
from gan_jax.configs.traced import absent
from gan_jax.gans.augmentations import Augmentation, require_images
from gan_jax.gans.parts import ada_pipe, adversarial_loss

OPTIONS = {
  'target': Field(0.6, '[0, 1)', 'mean sign of D on real images that p is to hold; 0: p stays'),
  'p': Field(0.0, '[0, 1]', 'chance of each change: the first, or where target is 0 the only one'),
  'speed': Field(500_000.0, '> 0', 'real images in which p can go from 0 to 1'),
  'interval': Field(4, '>= 1', 'updates of D from one change of p to the next'),
  'blit': Field(1.0, '[0, 1]', 'share of p of mirroring, quarter turns, moves by whole pixels; 0: none'),
  'geometry': Field(1.0, '[0, 1]', 'share of p of scaling, turning, stretching, moves by parts of pixels'),
  'color': Field(1.0, '[0, 1]', 'share of p of brightness, contrast, light for dark, hue, saturation'),
  'noise': Field(0.0, '[0, 1]', 'share of p of Gaussian noise'),
  'cutout': Field(0.0, '[0, 1]', 'share of p of a rectangle of half the sides set to 0'),
}


def make(config: ConfigDict) -> Augmentation:
  """The Augmentation whose state has p; where `augment.target` is 0, p is fixed and it has none."""
  options = config.augment
  fixed = absent(options.target)

  def chance(state):
    return options.p if fixed else state['p']

  def apply(images, rng, state):
    require_images('ada', images)
    return images if absent(chance(state)) else ada_pipe.changed(images, rng, options, chance(state))

  def update(state, real_outputs, fake_outputs):
    logits = real_outputs['logits'] - adversarial_loss.zero(config, fake_outputs['logits'])
    return controlled(state, jnp.sign(logits).mean(), len(logits), options)

  metrics = lambda state: {'augment_p': jnp.float32(chance(state))}
  if fixed:
    return Augmentation(apply, metrics=metrics)
  init = lambda: {'p': jnp.float32(options.p), 'signs': jnp.float32(0), 'updates': jnp.int32(0)}
  return Augmentation(apply, init, update, metrics)


def controlled(state: dict, sign: Float[Array, ''], images: int, options: ConfigDict) -> dict:
  """The state after an update of D on so many real `images`, whose logits have this mean `sign`.

  After each `interval` of them p rises if the mean of their signs is above `target`, and else falls, by the
  images that they had over `speed` (sec. 3.1).
  """
  signs, updates = state['signs'] + sign.astype(jnp.float32), state['updates'] + 1
  now = updates == options.interval
  step = jnp.sign(signs / options.interval - options.target) * images * options.interval / options.speed
  p = jnp.where(now, jnp.clip(state['p'] + step, 0, 1), state['p'])
  return {'p': p, 'signs': jnp.where(now, 0, signs), 'updates': jnp.where(now, 0, updates)}
