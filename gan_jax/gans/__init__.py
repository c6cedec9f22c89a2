"""GANs by name: one game a file, each with `OPTIONS` (its config fields) and `make(config, spec) -> GAN`."""

import functools
from typing import NamedTuple

from gan_jax import losses, names


def make(config, spec):
  """The GAN that `config.gan.name` names, for batches of `spec` {name: ShapeDtypeStruct [B, ...]}."""
  return names.module('gans', config.gan.name, 'make').make(config, spec)


class Loss(NamedTuple):
  """Both sides of an adversarial loss: (real_logits, fake_logits) -> []."""

  discriminator: callable
  generator: callable


def loss(config):
  """The Loss that `config.loss` names, with `config.label_smoothing` in it where that is defined."""
  if config.loss not in losses.NAMES:
    raise names.unknown('loss', config.loss, losses.NAMES)
  sides = getattr(losses, config.loss)
  discriminator = sides.discriminator
  if config.label_smoothing:
    if config.loss not in ('minimax', 'non_saturating'):
      raise names.UserError(
        f'label_smoothing is for minimax and non_saturating; set it to 0 for {config.loss}'
      )
    discriminator = functools.partial(discriminator, smoothing=config.label_smoothing)
  return Loss(discriminator, sides.generator)
