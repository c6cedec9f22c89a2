"""The law of the conditions of data: which labels, attributes, values, captions, ... come together.

It is a compact text, stored with a run, so that a trained generator can be asked for what the data have,
without the data: some rows of them, as base64 of an .npz file.
"""

import base64
import functools
import io
import types
from collections.abc import Mapping

import numpy as np
from jaxtyping import Array, Bool, Integer, Shaped

Rows = Mapping[str, Shaped[Array | np.ndarray, 'N ...']]
CONDITIONS = ('label', 'attributes', 'values')  # of a conditional game
ASKED = (*CONDITIONS, 'caption', 'box', 'keypoints')  # what batches may have that some G is asked for
MOST = 1_024  # rows that are kept
FEW = 5  # meetings, of which none is missed by chance in more than a case of 100
MANY = 2**24  # examples of which none are chosen at random
MISSING = -1  # the label of an example that has none


def encode(rows: Rows) -> str:
  """Arrays by name as text, '' of none: MOST rows of them, in which each label has its share.

  Numbers that are not whole are kept in float16, rows whose label is missing left out where any has one.
  """
  if not rows:
    return ''
  if 'label' in rows and 0 < (known := np.asarray(rows['label']) != MISSING).sum() < len(known):
    rows = {name: np.asarray(values)[known] for name, values in rows.items()}
  chosen = some(len(next(iter(rows.values()))), rows.get('label'))
  file = io.BytesIO()
  np.savez_compressed(file, **{name: _small(np.asarray(values))[chosen] for name, values in rows.items()})
  return base64.b64encode(file.getvalue()).decode('ascii')


def some(count: int, label: Array | np.ndarray | None = None) -> Integer[np.ndarray, ' N']:
  """Of range(count) what stands for all: MOST indices, the same each time, evenly from each label."""
  if count > MANY:
    return np.arange(MOST)  # drawn without end: any are as good
  order = np.random.default_rng(0).permutation(count)
  if label is not None:
    order = order[np.argsort(np.asarray(label)[order], kind='stable')]
  kept = min(MOST, count)
  return np.sort(order[((np.arange(kept) + 0.5) * count / kept).astype(int)])


@functools.cache
def decode(text: str) -> Mapping[str, np.ndarray]:
  """The rows that `encode` has kept, in float32 or as they were; {} of ''."""
  if not text:
    return types.MappingProxyType({})
  with np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False) as file:
    arrays = {name: file[name] for name in file.files}
  wide = lambda values: values.astype(np.float32) if values.dtype.kind == 'f' else values
  return types.MappingProxyType({name: wide(values) for name, values in arrays.items()})


def apart(text: str, count: int) -> Bool[np.ndarray, 'A A']:
  """Whether two of `count` attributes are never there at once in the rows of a law, and not by chance.

  Rows in which two that have nothing to do with each other would meet FEW times or more tell.
  """
  flags = decode(text).get('attributes', np.zeros((0, count))) > 0.5
  both, each = (flags[:, :, None] & flags[:, None]).sum(0), flags.sum(0)
  return (both == 0) & (np.outer(each, each) >= FEW * max(len(flags), 1))


def _small(values):
  return values.astype(np.float16) if values.dtype.kind == 'f' else values
