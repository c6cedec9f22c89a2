"""What a caller asks of a generator by the names that the data have: classes, attributes, real values."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import errors
from gan_jax.data import law
from gan_jax.data.spec import Spec


class Column(NamedTuple):
  """One attribute or real value, which is a column of an array that G is given."""

  array: str  # 'fake_attributes' or 'fake_values'
  index: int
  low: float  # the range, in the data's own units
  high: float
  scaled: bool  # whether that is [-1, 1] in the array

  def inside(self, value: Any) -> Any:
    """The value as the array has it."""
    if not self.scaled:
      return value
    return 2 * (value - self.low) / max(self.high - self.low, 1e-12) - 1


def columns(spec: Spec, drawn: Mapping[str, Any]) -> dict[str, Column]:
  """{name: Column} of the attributes and values of the data that G is given; arrays' own names go first."""
  flags = [(name, 0.0, 1.0) for name in spec.attribute_names]
  found = {}
  for array, told, scaled in (('fake_attributes', flags, False), ('fake_values', spec.value_ranges, True)):
    if array in drawn and drawn[array].shape[1:] == (len(told),):
      found |= {name: Column(array, k, low, high, scaled) for k, (name, low, high) in enumerate(told)}
  taken = {*drawn, *(name.removeprefix('fake_') for name in drawn)}
  return {name: column for name, column in found.items() if name not in taken}


def numbers(spec: Spec, asked: Mapping[str, Any]) -> dict[str, Any]:
  """`asked` with the names of classes as their numbers; a text of a number is one. Raises UserError."""
  found = dict(asked)
  for name, value in asked.items():
    if isinstance(value, (list, tuple)):
      try:
        np.asarray(value)
      except ValueError as error:
        raise errors.UserError(f'{name}={value}: its values are not all of one shape') from error
  for name in {'label', 'fake_label'} & set(asked):
    words = asked[name]
    if isinstance(words, str):
      found[name] = number(spec, words)
    elif isinstance(words, (list, tuple)) and any(isinstance(word, str) for word in words):
      found[name] = [number(spec, word) if isinstance(word, str) else word for word in words]
  return found


def number(spec: Spec, word: str) -> int | str:
  """Of the class with this name, or else that the text is. Raises UserError."""
  if word in spec.label_names:
    return spec.label_names.index(word)
  if word.isdecimal():
    return int(word)
  if not spec.label_names:
    return word  # whose kind is told to be wrong
  raise errors.unknown('label', word, spec.label_names)


def agreeing(
  drawn: Mapping[str, Any],
  rows: Mapping[str, np.ndarray],
  columns: Mapping[str, Column],
  asked: Mapping[str, Any],
  start: int = 0,
) -> dict[str, Any]:
  """What is drawn, the conditions of images that lack what is asked for being those of data that have it.

  Whoever asks for red hair means a face with no other hair. `rows` are those that a run keeps of the data;
  where none has the class and the attributes that are asked for, or attributes between 0 and 1 are, what is
  drawn stays. `start` is the number of the first image.
  """
  known = {f'fake_{kind}': np.asarray(rows[kind]) for kind in law.CONDITIONS if kind in rows}
  known = {name: values for name, values in known.items() if name in drawn}
  flags = known.get('fake_attributes')
  is_flag = lambda name: name in columns and columns[name].array == 'fake_attributes' and flags is not None
  told = {name: flags[:, columns[name].index] for name in asked if is_flag(name)}
  if 'fake_label' in asked and 'fake_label' in known:
    told['fake_label'] = known['fake_label']
  if not told or any(isinstance(value, jax.core.Tracer) for value in (*asked.values(), *drawn.values())):
    return dict(drawn)
  have = {name: np.array(drawn[name]) for name in known}
  of = lambda name: have[name] if name in have else have[columns[name].array][:, columns[name].index]
  there = np.stack(list(told.values()), 1)
  wanted = np.stack([np.asarray(asked[name]) for name in told], 1)
  lacking = (np.stack([of(name) for name in told], 1) != wanted).any(1)
  for some in np.unique(wanted, axis=0):
    found = np.flatnonzero((there == some).all(1))
    places = np.flatnonzero(lacking & (wanted == some).all(1))
    if len(found):
      for name, values in known.items():
        have[name][places] = values[found[(start + places) % len(found)]]
  return {**drawn, **have}


def filled(
  drawn: Mapping[str, Any], columns: Mapping[str, Column], asked: Mapping[str, Any]
) -> dict[str, Any]:
  """What is drawn with the columns that are asked for, {name: [N]}, in the place of their numbers."""
  found = dict(drawn)
  for name, value in asked.items():
    column = columns[name]
    array, value = found[column.array], column.inside(value)
    if isinstance(value, jax.core.Tracer) or isinstance(array, jax.core.Tracer):
      found[column.array] = jnp.asarray(array).at[:, column.index].set(value)
    else:
      found[column.array] = np.array(array)
      found[column.array][:, column.index] = value
  return found
