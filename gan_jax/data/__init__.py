"""Datasets by name: `make(config)` gives batches that are a function of the seed and the step."""

from gan_jax import errors
from gan_jax.data.dataset import Dataset

__all__ = ['Dataset', 'make']


def make(config, split=None):
  """The Dataset that `config.data` asks for, in batches of `config.train.batch_size`.

  `split` overrides `config.data.split` ('train' or 'test'). Raises UserError for an unknown source,
  and whatever the source cannot read.
  """
  options = config.data.copy_and_resolve_references()
  if split:
    options.split = split
  return errors.module('data', options.name, 'make').make(options, config.train.batch_size)
