"""Datasets by name: `make(config)` gives batches that are a function of the seed and the step."""

from ml_collections import ConfigDict

from gan_jax import configs
from gan_jax.configs import lookup
from gan_jax.data.dataset import Dataset

__all__ = ['Dataset', 'load', 'make']


def make(config: ConfigDict, split: str | None = None) -> Dataset:
  """The Dataset that `config.data` asks for, in batches of `config.train.batch_size`.

  `split` overrides `config.data.split` ('train' or 'test'). Raises UserError for an unknown source,
  and whatever the source cannot read.
  """
  options = config.data.copy_and_resolve_references()
  if split:
    options.split = split
  return lookup.module('data', options.name, 'make').make(options, config.train.batch_size)


def load(name: str, batch_size: int = 64, **options: object) -> Dataset:
  """The Dataset of a source by name, without a config: load('digits', 64, size=(28, 28)).

  Options that are left out have the defaults of configs/common.py and of the source. Raises UserError.
  """
  fields = {'data.name': name, **{f'data.{option}': value for option, value in options.items()}}
  return make(configs.get('common', {**fields, 'train.batch_size': batch_size}, notice=lambda _: None))
