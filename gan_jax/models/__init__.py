"""Networks by name: linen modules and nothing else. A file here is a network that a config can name."""

import dataclasses

from gan_jax import names

GIVEN = ('image_shape', 'parent', 'name')  # fields that are set by the code, not by a config


def options(name, role):
  """{field: default} that a config may set for network `name` in a `role`: Generator or Discriminator."""
  fields = dataclasses.fields(getattr(names.module('models', name, role), role))
  return {field.name: field.default for field in fields if field.name not in GIVEN}


def make(config, role, **given):
  """The network that a config section such as `config.generator` describes; `given` as in GIVEN."""
  network = getattr(names.module('models', config.name, role), role)
  return network(**given, **{key: value for key, value in config.items() if key != 'name'})


def run(network, variables, *inputs, train, rng=None):
  """(outputs, new collections): the network applied; when training it may update all but its params."""
  if not train:
    return network.apply(variables, *inputs, train=False), {}
  mutable = [name for name in variables if name != 'params']
  rngs = None if rng is None else {'dropout': rng}
  return network.apply(variables, *inputs, train=True, mutable=mutable, rngs=rngs)
