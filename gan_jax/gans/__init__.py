"""GANs by name: one game a file, each with `OPTIONS` (its config fields) and `make(config, spec) -> GAN`."""

from types import ModuleType

from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import lookup, sections
from gan_jax.data.spec import Spec
from gan_jax.gans import augmentations
from gan_jax.gans.contract import GAN, Presentation
from gan_jax.gans.parts.penalized_generator import penalized

__all__ = ['GAN', 'Presentation', 'Spec', 'make']


CHOSEN = ('condition',)  # sections that not every game uses; 'none' leaves one out


def make(config: ConfigDict, spec: Spec) -> GAN:
  """The GAN that `config.gan.name` names, for batches of `spec`. Raises UserError."""
  module = lookup.module('gans', config.gan.name, 'make')
  check_sections(config, module)
  config = augmentations.chosen(config, spec)
  return penalized(module.make(config, spec), config)


def check_sections(config: ConfigDict, module: ModuleType) -> None:
  """Raises UserError for a section of CHOSEN that a game needs and the config leaves out, or the other way.

  A game says which of them it uses by its `USES`.
  """
  for section in CHOSEN:
    asked, used = config[section].name != 'none', section in uses(module)
    if used and not asked:
      known = [name for name in lookup.names(sections.PACKAGES[section], 'make') if name != 'none']
      raise errors.UserError(f'gan.name={config.gan.name} needs {section}.name: {", ".join(known)}')
    if asked and not used:
      known = {name: lookup.module('gans', name, 'make') for name in lookup.names('gans', 'make')}
      others = [name for name, game in known.items() if section in uses(game)]
      raise errors.UserError(
        f'gan.name={config.gan.name} does not use {section}.name={config[section].name}: set'
        f' {section}.name=none, or gan.name={" or ".join(others)}'
      )


def uses(module: ModuleType) -> tuple[str, ...]:
  """The sections of CHOSEN that a game uses."""
  return getattr(module, 'USES', ())


def reads_conditions(config: ConfigDict) -> bool:
  """Whether the game draws of the conditions of the data, some of which a run then has to keep."""
  return getattr(lookup.module('gans', config.gan.name, 'make'), 'READS_CONDITIONS', False)
