"""Networks by name: linen modules and nothing else. A file here is a network that a config can name."""

import dataclasses

from flax import linen as nn

from gan_jax import errors
from gan_jax.devices import mesh

DTYPES = ('float32', 'bfloat16')
GIVEN = (
  'image_shape',
  'domains',
  'dtype',
  'norm_groups',
  'parent',
  'name',
)  # fields that are set by the code, not by a config


def options(name, role):
  """{field: default} that a config may set for network `name` in a `role`: Generator or Discriminator."""
  fields = dataclasses.fields(getattr(errors.module('models', name, role), role))
  return {field.name: field.default for field in fields if field.name not in GIVEN}


def make(config, section, **given):
  """The network that `config.generator` or `config.discriminator` describes; `given` as in GIVEN.

  It computes in config.train.dtype, and keeps its params and gives its outputs in float32.
  """
  if config.train.dtype not in DTYPES:
    raise errors.unknown('train.dtype', config.train.dtype, DTYPES)
  role = section.capitalize()
  network = getattr(errors.module('models', config[section].name, role), role)
  given['dtype'] = None if config.train.dtype == 'float32' else config.train.dtype  # None: as the inputs
  if any(field.name == 'norm_groups' for field in dataclasses.fields(network)):
    given['norm_groups'] = mesh.norm_groups(config.parallel)
  return network(**given, **{key: value for key, value in config[section].items() if key != 'name'})


class Several(nn.Module):
  """Networks by name in one, with one tree of params: `several(name, *inputs)` runs one of them."""

  networks: dict

  def __call__(self, name, *inputs, train=False):
    return self.networks[name](*inputs, train=train)

  def all(self, inputs):
    """Runs each on its inputs {name: images}, which makes the params of all."""
    return {name: self.networks[name](images, train=True) for name, images in inputs.items()}


def run(network, variables, *inputs, train, rng=None):
  """(outputs, new collections): the network applied; when training it may update all but its params."""
  rngs = None if rng is None else {'dropout': rng}
  if not train:
    return network.apply(variables, *inputs, train=False, rngs=rngs), {}
  mutable = [name for name in variables if name != 'params']
  return network.apply(variables, *inputs, train=True, mutable=mutable, rngs=rngs)
