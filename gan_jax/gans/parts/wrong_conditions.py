"""Conditions that are wrong, of one thing mostly: what D has to reject beside real images.

A discriminator that may look at anything looks at what is easy: of a face with another's condition at the
colour of the hair. Where only the smile is another's it has to look at the mouth.
"""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Num

from gan_jax.data import law, others
from gan_jax.data.spec import Spec

Conditions = dict[str, Any]  # {kind: [B] or [B, K]}


def things(kinds: Sequence[str], spec: Spec) -> Bool[np.ndarray, 'T K']:
  """Which columns each thing has that may be wrong: all of them; the label; each value; attributes.

  Of these those go together of which an example has but one, such as colours of hair.
  """
  widths = {kind: 1 if kind == 'label' else spec.shape(kind)[0] for kind in kinds}
  blocks = {kind: np.eye(width, dtype=bool) for kind, width in widths.items()}
  if 'attributes' in kinds:
    blocks['attributes'] = together(law.apart(spec.law, widths['attributes']))
  found, start = [np.ones((1, sum(widths.values())), bool)], 0
  for block in blocks.values():
    after = found[0].shape[1] - start - block.shape[1]
    found.append(np.pad(block, [(0, 0), (start, after)]))
    start += block.shape[1]
  return np.concatenate(found)


def together(linked: Bool[np.ndarray, 'A A']) -> Bool[np.ndarray, 'T A']:
  """The connected parts of a graph, each as the nodes it has."""
  reached = linked | np.eye(len(linked), dtype=bool)
  for _ in range(len(linked)):
    reached = reached @ reached
  return np.unique(reached, axis=0)


def wrong(conditions: Conditions, things: Bool[np.ndarray, 'T K'], turn: int | Array) -> Conditions:
  """Conditions of which each has one of the things from the next row, in a circle, where that is another.

  The rows take turns with the things, of which the first row has number `turn`. Where nobody differs in that
  thing it is all of another row. A missing label is neither taken nor replaced.
  """
  columns = [jnp.asarray(values).reshape(len(values), -1) for values in conditions.values()]
  ends = np.cumsum([column.shape[1] for column in columns])[:-1]
  rows = jnp.concatenate([column.astype(jnp.float32) for column in columns], 1)
  known = jnp.concatenate([there(kind, column) for kind, column in zip(conditions, columns, strict=True)], 1)
  differs = (rows[:, None] != rows[None]) & known[:, None] & known[None]
  chosen = jnp.asarray(things)[(jnp.arange(len(rows)) + turn) % len(things)]
  chosen |= ~(differs & chosen[:, None]).any((1, 2))[:, None]
  other = others.following((differs & chosen[:, None]).any(-1))
  found = jnp.split(jnp.where(chosen & known & known[other], rows[other], rows), ends, 1)
  return {
    kind: values.reshape(conditions[kind].shape).astype(conditions[kind].dtype)
    for kind, values in zip(conditions, found, strict=True)
  }


def there(kind: str, column: Num[Array, 'B K']) -> Bool[Array, 'B K']:
  """Which conditions of a kind are known."""
  return column != law.MISSING if kind == 'label' else jnp.ones(column.shape, bool)
