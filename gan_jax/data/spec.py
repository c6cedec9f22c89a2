"""What is known of data without having them: shapes, names of classes and attributes, rates."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from gan_jax import errors

# besides data.name, by what is lacking
REMEDIES = {
  'attributes': ', or data.attribute_table of a folder',
  'label': ', or data.labels of a folder',
  'values': ', or data.attribute_table and data.values of a folder',
  'source': ', such as pairs or unpaired, and data.source_path',
}


@dataclasses.dataclass(frozen=True)
class Spec:
  """What a batch of the data looks like, and what is known of them; it is stored with a run."""

  batch: Mapping[str, jax.ShapeDtypeStruct]  # {name: [B, ...]}
  view: str = 'images'  # a module in views/: how one of the examples is seen
  label_names: tuple[str, ...] = ()  # of the classes, by their number
  attribute_names: tuple[str, ...] = ()
  # (name, lowest, highest) of each real number in 'values', whose range there is [-1, 1]
  value_ranges: tuple[tuple[str, float, float], ...] = ()
  law: str = ''  # which conditions come together, and how often: see law.py
  vocabulary: tuple[str, ...] = ()  # of tokens, by their number
  sample_rate: float = 0.0  # of sound, in hertz
  frame_rate: float = 0.0  # of video, in frames a second
  size: int = 0  # training examples in an epoch; 0: not known, of a run of an older version
  fingerprint: str = ''  # of the files that the data are read from: '1,200 images (5e884898da280471)'

  def __contains__(self, name: str) -> bool:
    return name in self.batch

  def shape(self, name: str) -> tuple[int, ...]:
    """The shape of one example's `name`, without the batch. Raises UserError if the data have none."""
    if name not in self.batch:
      has, remedy = ', '.join(self.batch), REMEDIES.get(name, '')
      raise errors.UserError(
        f'this game needs {name!r} in its batches, which have {has}: set data.name{remedy}'
      )
    return tuple(self.batch[name].shape[1:])

  @property
  def value_names(self) -> tuple[str, ...]:
    """Of the real numbers in 'values', in their order."""
    return tuple(name for name, _, _ in self.value_ranges)

  @property
  def num_classes(self) -> int:
    """How many labels there are. Raises UserError for data without labels."""
    if not self.label_names:
      raise errors.UserError('this game needs labelled data: set data.name, or data.labels of a folder')
    return len(self.label_names)

  def to_json(self) -> dict[str, Any]:
    """The Spec as JSON has it; `from_json` is the way back."""
    shapes = {name: [list(array.shape), str(array.dtype)] for name, array in self.batch.items()}
    facts = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
    return {**facts, 'batch': shapes}

  @classmethod
  def from_json(cls, record: Mapping[str, Any]) -> 'Spec':
    """The Spec of what `to_json` gave, in this version or an older one, which had fewer facts.

    Raises ValueError, TypeError, KeyError or AttributeError for anything else.
    """
    batch = {name: _shape(*array) for name, array in record['batch'].items()}
    known = [field for field in dataclasses.fields(cls) if field.name in set(record) - {'batch'}]
    facts = {field.name: _tuples(record[field.name]) for field in known}
    for field in known:
      kinds = {type(field.default), *[int] * isinstance(field.default, float)}
      if type(facts[field.name]) not in kinds:
        raise ValueError(f'{field.name} is no {type(field.default).__name__}')
    for name in {'label_names', 'attribute_names', 'vocabulary'} & facts.keys():
      if not all(isinstance(word, str) for word in facts[name]):
        raise ValueError(f'{name} are words')
    for name, low, high in facts.get('value_ranges', ()):
      if not (isinstance(name, str) and {type(low), type(high)} <= {int, float}):
        raise ValueError('value_ranges are names, lowest and highest values')
    return cls(batch, **facts)

  def like(self, size: int | None = None) -> dict[str, jax.ShapeDtypeStruct]:
    """The shapes of a batch, of `size` examples if it is given."""
    return {
      name: jax.ShapeDtypeStruct((size or array.shape[0], *array.shape[1:]), array.dtype)
      for name, array in self.batch.items()
    }

  def zeros(self, size: int | None = None) -> dict[str, jax.Array]:
    """A batch of zeros, for code that looks at shapes only."""
    return {name: jnp.zeros(array.shape, array.dtype) for name, array in self.like(size).items()}


def _shape(shape, dtype):
  if not all(type(side) is int and side >= 0 for side in shape):
    raise ValueError('a shape is a list of whole numbers')
  return jax.ShapeDtypeStruct(tuple(shape), jnp.dtype(dtype))


def _tuples(value):
  """What JSON has made a list of, as it was."""
  return tuple(map(_tuples, value)) if isinstance(value, list) else value
