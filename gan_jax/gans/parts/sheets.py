"""What a conditional game is asked for in pictures: each class and attribute, both ends of values; walks."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax.data import law
from gan_jax.data.spec import Spec
from gan_jax.gans.parts.condition import Condition

MOST = 20  # classes in a picture
STEPS = 8  # of a walk
Row = tuple[str, int | None, float]  # (what is set, which column of it, to what)


def rows(condition: Condition, spec: Spec) -> tuple[list[str], list[Row]]:
  """(headings, what each row sets): the classes; the attributes, one by one; both ends of the values.

  Where there is no class to set, the first row is as it was drawn.
  """
  headings, found = [], []
  if 'label' in condition.kinds:
    classes = condition.sizes['label']
    chosen = np.unique(np.linspace(0, classes - 1, min(classes, MOST)).round().astype(int))
    found = [('label', None, int(k)) for k in chosen]
    headings = [name_of(spec.label_names[k]) for k in chosen]
  else:
    headings, found = ['as drawn'], [('', None, 0)]
  for k, name in enumerate(spec.attribute_names if 'attributes' in condition.kinds else ()):
    headings.append(name_of(name))
    found.append(('attributes', k, 1))
  for k, (name, low, high) in enumerate(spec.value_ranges if 'values' in condition.kinds else ()):
    headings += [f'{name_of(name)} {low:.3g}', f'{name_of(name)} {high:.3g}']
    found += [('values', k, -1), ('values', k, 1)]
  return distinct(headings), found


def asked(rows: list[Row], drawn: Mapping[str, Array], spec: Spec) -> dict[str, Array]:
  """{name: [columns * rows, ...]}: in each column what was drawn, but for what a row sets.

  A row of an attribute clears those that no example of the data has with it: other colours of hair, say.
  """
  found, apart = {}, law.apart(spec.law, len(spec.attribute_names))
  for name, value in drawn.items():
    every = []
    for what, k, to in rows:
      if name != f'fake_{what}':
        every.append(value)
      elif k is None:
        every.append(jnp.full_like(value, to))
      elif what == 'attributes':
        every.append(jnp.where(apart[k], 0, value).at[:, k].set(to))
      else:
        every.append(value.at[:, k].set(to))
    found[name] = jnp.stack(every, 1).reshape(-1, *value.shape[1:])
  return found


def walks(
  condition: Condition, spec: Spec, vectors: Float[Array, 'B K']
) -> dict[str, dict[str, Float[Array, 'B K']]]:
  """{file: {heading: vectors}}: from the first class to the last, along each value; all else stays."""
  found, start = {}, 0
  for kind, size in condition.sizes.items():
    part = slice(start, start + size)
    if kind == 'label' and size > 1:
      ends = np.eye(size, dtype=np.float32)[[0, size - 1]]
      names = [name_of(spec.label_names[k]) for k in (0, size - 1)]
      steps = np.linspace(0, 1, STEPS)
      headings = [names[0], *(f'{share:.0%}' for share in steps[1:-1]), names[1]]
      way = [(1 - share) * ends[0] + share * ends[1] for share in steps]
      found['class_interpolation'] = {
        heading: vectors.at[:, part].set(to) for heading, to in zip(distinct(headings), way, strict=True)
      }
    for k, (name, low, high) in enumerate(spec.value_ranges if kind == 'values' else ()):
      headings = [f'{value:.3g}' for value in np.linspace(low, high, STEPS)]
      found[f'walk_{"".join(sign if sign.isalnum() else "_" for sign in name)}'] = {
        heading: vectors.at[:, start + k].set(to)
        for heading, to in zip(distinct(headings), np.linspace(-1, 1, STEPS), strict=True)
      }
    start += size
  return found


def name_of(name: Any) -> str:
  """A name, cut to what a picture has room for."""
  return str(name)[:20]


def distinct(headings: list[str]) -> list[str]:
  """The headings, those that are there already with their place."""
  return [f'{text} ({k})' if text in headings[:k] else text for k, text in enumerate(headings)]
