"""GANs by name: one game a file, each with `OPTIONS` (its config fields) and `make(config, spec) -> GAN`."""

import functools
from typing import NamedTuple

from gan_jax import errors, losses


def make(config, spec):
  """The GAN that `config.gan.name` names, for batches of `spec` {name: ShapeDtypeStruct [B, ...]}."""
  return errors.module('gans', config.gan.name, 'make').make(config, spec)


class Loss(NamedTuple):
  """Both sides of an adversarial loss: (real_logits, fake_logits) -> []."""

  discriminator: callable
  generator: callable
  terms: callable  # -> {'real_loss': [], 'fake_loss': []}, of which `discriminator` is the sum; or {}


def loss(config):
  """The Loss that `config.loss` names, with `config.label_smoothing` in it where that is defined."""
  if config.loss not in losses.NAMES:
    raise errors.unknown('loss', config.loss, losses.NAMES)
  sides = getattr(losses, config.loss)
  discriminator, terms = sides.discriminator, getattr(sides, 'terms', None)
  if config.label_smoothing:
    if config.loss not in ('minimax', 'non_saturating'):
      raise errors.UserError(
        f'label_smoothing is for minimax and non_saturating; set it to 0 for {config.loss}'
      )
    discriminator = functools.partial(discriminator, smoothing=config.label_smoothing)
    terms = functools.partial(terms, smoothing=config.label_smoothing)
  named = lambda *logits: dict(zip(('real_loss', 'fake_loss'), terms(*logits), strict=True)) if terms else {}
  return Loss(discriminator, sides.generator, named)
