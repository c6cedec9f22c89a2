"""GANs by name: one game a file, each with `OPTIONS` (its config fields) and `make(config, spec) -> GAN`."""

from ml_collections import ConfigDict

from gan_jax.configs import lookup
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import GAN, Presentation

__all__ = ['GAN', 'Presentation', 'Spec', 'make']


def make(config: ConfigDict, spec: Spec) -> GAN:
  """The GAN that `config.gan.name` names, for batches of `spec`. Raises UserError."""
  return lookup.module('gans', config.gan.name, 'make').make(config, spec)
