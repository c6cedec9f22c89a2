"""States as arrays by name, as a checkpoint has them, and back."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np


def named(tree: Any) -> dict[str, Any]:
  """{name: leaf} of any tree, of a state as a checkpoint has them: 'variables/g/params/Dense_0/kernel'."""
  return {name_of(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(tree)}


def on_host(state: Any) -> dict[str, np.ndarray]:
  """The arrays by name, as copies that the next step, which is given their memory, does not change."""
  lent = jax.default_backend() == 'cpu'  # there these are the very arrays of the state
  return {name: np.array(array, copy=lent or None) for name, array in named(jax.device_get(state)).items()}


def name_of(path: jax.tree_util.KeyPath) -> str:
  """The name of a leaf: 'opt_state/g/0/mu/Dense_0/kernel'."""
  return jax.tree_util.keystr(path, simple=True, separator='/')


def nested(found: Mapping[str, Any]) -> Any:
  """{'a': {'b': array}} of {'a/b': array}; an array alone has the name ''."""
  if set(found) == {''}:
    return found['']
  tree = {}
  for name, array in found.items():
    *parents, last = name.split('/')
    at = tree
    for parent in parents:
      at = at.setdefault(parent, {})
    at[last] = array
  return tree


def kind(array: Any) -> str:
  """What an array, or the shape of one, is: 'float32[3, 4]'; 'absent' of None."""
  return 'absent' if array is None else f'{np.dtype(array.dtype).name}{list(array.shape)}'
