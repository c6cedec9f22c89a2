"""Networks by name: linen modules and nothing else. A file here is a network that a config can name."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from flax import linen as nn
from jaxtyping import PRNGKeyArray
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import lookup, sections
from gan_jax.devices import mesh
from gan_jax.models import layers

DTYPES = ('float32', 'bfloat16')


def make(config: ConfigDict, section: str, **given: Any) -> nn.Module:
  """The network that `config.generator` or `config.discriminator` describes; `given` are its given fields.

  Around it are spectral norm and packing, where the config asks for them. It computes in config.train.dtype,
  and keeps its params and gives its outputs in float32. Raises UserError for a network that has no use for
  what a game gives.
  """
  if config.train.dtype not in DTYPES:
    raise errors.unknown('train.dtype', config.train.dtype, DTYPES)
  role, name = section.capitalize(), config[section].name
  network = getattr(lookup.module('models', name, role), role)
  shared = sections.shared(section)
  declared = {field.name for field in dataclasses.fields(network) if 'given' in field.metadata}
  if useless := sorted(set(given) - declared):
    raise errors.UserError(
      f'{section}.name={name} has no {useless[0]}, which gan.name={config.gan.name} gives it'
    )
  given['dtype'] = None if config.train.dtype == 'float32' else config.train.dtype  # None: as the inputs
  given['norm_groups'] = mesh.norm_groups(config.parallel)
  given['latent_dim'] = config.latents.dim  # of a generator that is given a condition after its latents
  known = {key: value for key, value in given.items() if key in declared}
  made = network(**known, **{key: value for key, value in config[section].items() if key not in shared})
  if getattr(made, 'spectral_norm', False):
    made = layers.SpectralNorm(made)
  pack = config[section].get('pack', 1)
  return layers.Packed(made, pack) if pack > 1 else made


class Several(nn.Module):
  """Networks by name in one, with one tree of params: `several(name, *inputs)` runs one of them."""

  networks: Mapping[str, nn.Module]

  def __call__(self, name: str, *inputs: Any, train: bool = False) -> Any:
    return self.networks[name](*inputs, train=train)

  def all(self, inputs: dict[str, Any]) -> dict[str, Any]:
    """Runs each on its inputs {name: images}, which makes the params of all."""
    return {name: self.networks[name](images, train=True) for name, images in inputs.items()}


def run(
  network: nn.Module,
  variables: dict,
  *inputs: Any,
  train: bool,
  rng: PRNGKeyArray | None = None,
  method: str | None = None,
) -> tuple[Any, dict]:
  """(outputs, new collections): the network applied; when training it may update all but its params.

  With a `method` of the network, that is called in the place of the whole.
  """
  rngs = None if rng is None else {'dropout': rng}
  if not train:
    return network.apply(variables, *inputs, train=False, rngs=rngs, method=method), {}
  mutable = [name for name in variables if name != 'params']
  return network.apply(variables, *inputs, train=True, mutable=mutable, rngs=rngs, method=method)
