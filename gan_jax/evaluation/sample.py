"""A set of images as a network sees it: all that measures may ask for."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, Float, UInt8

from gan_jax.evaluation import networks
from gan_jax.evaluation.metrics import frechet

GROUPS = 20  # into which a set is parted, to see how far its moments are sure


@dataclasses.dataclass(frozen=True)
class Sample:
  """N images, generated or real."""

  count: int
  parts: list[frechet.Part]  # moments of the features of GROUPS parts; of real ones, of all together
  features: Float[np.ndarray, 'N D'] | None  # None where no measure needs them all
  probabilities: Float[np.ndarray, 'N ... K'] | None  # None of a network without classes
  images: Callable[[], UInt8[Array | np.ndarray, 'N H W C']]
  # {'label'?: [N], 'attributes'?, 'values'?}: what was asked for, or real images have
  conditions: Mapping[str, Any] = dataclasses.field(default_factory=dict)
  readings: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # what judges read of them, by kind
  names: Mapping[str, Sequence[str]] = dataclasses.field(
    default_factory=dict
  )  # of classes, attributes, values
  learned: bool = False  # of real ones: whether G has learned from them
  other: 'Sample | None' = None  # of real ones: those of the other split, up to as many as are generated

  @property
  def moments(self) -> frechet.Moments:
    """Of all features."""
    return frechet.pooled(self.parts)[1]


def see(
  network: networks.Network, images: Callable, count: int, keep: bool, groups: int = GROUPS
) -> dict[str, Any]:
  """{'parts', 'features', 'probabilities'} of a Sample of images(indices) for range(count).

  The features themselves are left out unless they are to be kept: their moments are summed up on the way.
  """
  size = max(-(-count // groups), 2)
  parts, features, probabilities = [], [], []
  for some, chances in _parts(network.parts(images, count), size):
    parts.append(frechet.part_of(some))
    probabilities.append(chances)
    if keep:
      features.append(some)
  whole = lambda arrays: None if not arrays or arrays[0] is None else np.concatenate(arrays)
  return {'parts': parts, 'features': whole(features), 'probabilities': whole(probabilities)}


def _parts(batches: Iterator[networks.Seen], size: int) -> Iterator[networks.Seen]:
  """The same in parts of `size`, the last one shorter."""
  waiting = None
  for batch in batches:
    waiting = batch if waiting is None else _joined(waiting, batch)
    while len(waiting.features) >= size:
      yield _cut(waiting, slice(size))
      waiting = _cut(waiting, slice(size, None))
  if waiting is not None and len(waiting.features):
    yield waiting


def _joined(first, second):
  return networks.Seen(
    *(None if a is None else np.concatenate([a, b]) for a, b in zip(first, second, strict=True))
  )


def _cut(seen, part):
  return networks.Seen(*(None if array is None else array[part] for array in seen))
