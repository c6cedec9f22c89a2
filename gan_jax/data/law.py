"""The law of the conditions of data: which labels, attributes and values come together, and how often.

It is a compact text, stored with a run, so that a trained generator is asked for what the data have, without
the data: base64 of an .npz file, with the counts of labels that come alone, or else with some of the rows.
"""

import base64
import functools
import io
import types
from collections.abc import Mapping

import numpy as np
from jaxtyping import Array, Float, Integer

from gan_jax import errors

CONDITIONS = ('label', 'attributes', 'values')  # what batches may have besides images that G can be asked for
MOST = 2_048  # rows that are kept
MANY = 2**24  # examples of which none are chosen at random
MISSING = -1  # the label of an example that has none


def encode(conditions: Mapping[str, Array | np.ndarray], classes: int = 0) -> str:
  """The law of {'label'?: [N], 'attributes'?: [N, A], 'values'?: [N, V]}; '' of none.

  Of labels alone it has the exact count of each of the `classes`, else MOST rows.
  """
  if not conditions:
    return ''
  if set(conditions) == {'label'}:
    label = np.asarray(conditions['label'])
    return _text(counts=np.bincount(label[label != MISSING], minlength=classes))
  rows = some(len(next(iter(conditions.values()))))
  return _text(**{name: np.asarray(array[rows]) for name, array in conditions.items()})


def some(count: int) -> Integer[np.ndarray, ' N']:
  """Of range(count) what stands for all in a law: MOST indices, drawn at random, the same each time."""
  if count > MANY:
    return np.arange(MOST)  # drawn without end: any are as good
  return np.sort(np.random.default_rng(0).permutation(count)[:MOST])


@functools.cache
def decode(text: str) -> Mapping[str, np.ndarray]:
  """What encode gave: {'counts': [classes]}, or {'label'?: [N], 'attributes'?: [N, A], 'values'?: [N, V]}."""
  with np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False) as found:
    return types.MappingProxyType({name: found[name] for name in found.files})


def rows(text: str, names: tuple[str, ...]) -> dict[str, np.ndarray]:
  """{name: [N, ...]} of conditions that come together; with 'label' those that have one. Raises UserError."""
  found = decode(text) if text else {}
  if missing := [name for name in names if name not in found]:
    raise errors.UserError(
      f'how often the {missing[0]} of the data come is not known of this run: set condition.law=uniform'
    )
  kept = found['label'] != MISSING if 'label' in names else slice(None)
  return {name: found[name][kept] for name in names}


def probabilities(text: str) -> Float[np.ndarray, ' K'] | None:
  """Of each label, by its count; None of a law that has rows instead."""
  counts = decode(text).get('counts') if text else None
  return None if counts is None else counts / counts.sum()


def _text(**arrays):
  file = io.BytesIO()
  np.savez_compressed(file, **arrays)
  return base64.b64encode(file.getvalue()).decode()
