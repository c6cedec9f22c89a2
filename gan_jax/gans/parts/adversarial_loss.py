"""The adversarial loss that a config names: one of gan_jax.losses, or a module of the user's own."""

import functools
from collections.abc import Callable
from typing import NamedTuple

from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax import errors, losses
from gan_jax.configs import lookup
from gan_jax.losses import Logits

SMOOTHED = ('minimax', 'non_saturating')  # where one-sided label smoothing is defined
# Those that teach the same if all logits shift by a constant: the sign of one says nothing.
WITHOUT_ZERO = ('wasserstein', 'relativistic', 'relativistic_average')


class Loss(NamedTuple):
  """Both sides of an adversarial loss: (real_logits, fake_logits) -> []."""

  discriminator: Callable
  generator: Callable
  terms: Callable  # -> {'real_loss': [], 'fake_loss': []}, of which `discriminator` is the sum; or {}
  accuracy: Callable  # -> {'accuracy': []}, the share of logits by which D is right


def make(config: ConfigDict) -> Loss:
  """The Loss that `config.loss` names, with `config.label_smoothing` in it where that is defined.

  Raises UserError for an unknown name, and for smoothing where it is not defined.
  """
  sides = _find(config.loss)
  discriminator, terms = sides.discriminator, getattr(sides, 'terms', None)
  # One's own loss may have no zero: then logits are held against those of the other side.
  accuracy = getattr(sides, 'accuracy', losses.wasserstein.accuracy)
  if config.label_smoothing:
    if config.loss not in SMOOTHED:
      raise errors.UserError(
        f'label_smoothing is for {" and ".join(SMOOTHED)}; set it to 0 for {config.loss}'
      )
    discriminator = functools.partial(discriminator, smoothing=config.label_smoothing)
    terms = functools.partial(terms, smoothing=config.label_smoothing)
    accuracy = functools.partial(accuracy, smoothing=config.label_smoothing)
  named = lambda *logits: dict(zip(('real_loss', 'fake_loss'), terms(*logits), strict=True)) if terms else {}
  right = lambda *logits: {'accuracy': accuracy(*logits)}
  return Loss(discriminator, sides.generator, named, right)


def zero(config: ConfigDict, fake_logits: Logits) -> Float[Array, '']:
  """The logit of a D that cannot tell real from fake: above it D takes an image for real.

  Where the loss has none, or is one's own, it is the mean of the fake ones.
  """
  if '.' in config.loss or config.loss in WITHOUT_ZERO:
    return fake_logits.mean()
  return _find(config.loss).zero(config.label_smoothing)


def _find(name):
  if '.' in name:
    lookup.module('', name, 'discriminator')
    return lookup.module('', name, 'generator')
  if name not in losses.NAMES:
    raise errors.unknown('loss', name, losses.NAMES)
  return getattr(losses, name)
