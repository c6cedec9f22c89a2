"""Modules around a layer or a network, `inside`, that change what it is given or how its weights are used."""

import inspect
from collections.abc import Callable
from typing import Any

from flax import linen as nn


def innermost(network: nn.Module) -> nn.Module:
  """The network inside of those around it."""
  while hasattr(network, 'inside'):
    network = network.inside
  return network


def takes(network: nn.Module, name: str) -> bool:
  """Whether the innermost network is called with an argument of this name, such as 'condition'."""
  return name in inspect.signature(type(innermost(network)).__call__).parameters


def call(network: nn.Module, *inputs: Any, train: bool, **named: Any) -> Any:
  """network(*inputs), which is told `train` if it takes that: a network does, most layers do not."""
  return network(*inputs, **named, **({'train': train} if takes(network, 'train') else {}))


def mapped(
  module: nn.Module, run: Callable, used: Callable, kept: Callable = lambda variables: variables
) -> Any:
  """run(module.inside), with `used` of the params {'params': ...} that are kept.

  These are at first `kept` of those that it makes itself.
  """
  first = module.is_initializing()
  return nn.map_variables(run, 'params', used, kept, init=first, mutable=first)(module.inside)
