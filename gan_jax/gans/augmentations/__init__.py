"""Augmentations of what D is shown, by name: one a file, with `OPTIONS` and `make(config)`.

`augment.name` chooses one, or one's own by its dotted path. Real and generated images go through it in the
updates of both players, with the gradient; penalties differentiate by the images before it.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import fields, lookup, sections
from gan_jax.data.spec import Spec


class Augmentation(NamedTuple):
  """Images changed at random, differentiably; with state, if it has any, that changes at each update of D."""

  apply: Callable  # (images [B, ...], rng, state) -> images
  init: Callable = dict  # () -> state, a dict of arrays
  update: Callable = lambda state, real_outputs, fake_outputs: state  # of D's outputs -> state
  metrics: Callable = lambda state: {}  # -> {name: []}, logged with D's


def of(config: ConfigDict) -> Augmentation:
  """The Augmentation that `config.augment.name` names. Raises UserError."""
  return lookup.module('gans.augmentations', config.augment.name, 'make').make(config)


def chosen(config: ConfigDict, spec: Spec) -> ConfigDict:
  """`config` with the augmentation that one which is a choice has made of the data, at its defaults.

  A module that is a choice has `choose(options, spec) -> name`. It sees facts of the data alone, which a run
  keeps: so a run that goes on, or is sampled, has the same.
  """
  module = lookup.module('gans.augmentations', config.augment.name, 'make')
  if not hasattr(module, 'choose'):
    return config
  name = module.choose(config.augment, spec)
  found = config.copy_and_resolve_references()
  with found.unlocked():
    found.augment = {'name': name, **fields.defaults(sections.options('augment', name))}
  return found


def told(config: ConfigDict, spec: Spec) -> str:
  """One line that says what was chosen; '' where there was nothing to choose."""
  found = chosen(config, spec)
  if found is config:
    return ''
  return f'augment.name={config.augment.name}: {found.augment.name}, for {spec.size:,} training images'


def require_images(name: str, images: jax.Array) -> None:
  """Raises UserError for what is no images [B, H, W, C], which the augmentation `name` needs."""
  if images.ndim != 4:
    shape = ', '.join(map(str, images.shape[1:]))
    raise errors.UserError(
      f'augment.name={name} is for images [B, H, W, C], and these are [B, {shape}]: set augment.name=none'
    )
