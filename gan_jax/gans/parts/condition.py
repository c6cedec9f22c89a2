"""What a conditional game knows of each image: its label, attributes and real values, in any mixture.

In a batch the real ones are 'label' [B] (-1 where it is missing), 'attributes' [B, A] in [0, 1] and 'values'
[B, V] in [-1, 1]; those that G is asked for have fake_ before their names.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.data import law
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import Batch
from gan_jax.gans.parts import wrong_conditions

SIDES = {'real': '', 'fake': 'fake_', 'mismatched': ''}  # what is before the names of a side's conditions


class Condition:
  """The conditions of a game: as a vector, by kind, and drawn."""

  def __init__(self, options: ConfigDict, spec: Spec, missing: bool = False):
    """Of config.condition, `options`, for data of `spec`, of which labels may be `missing`.

    Raises UserError for what the data lack.
    """
    there = tuple(kind for kind in law.CONDITIONS if kind in spec)
    if not there:
      raise errors.UserError(
        f'this game needs labels, attributes or values in its batches, which have {", ".join(spec.batch)}:'
        ' set data.name, or data.labels or data.attribute_table of a folder'
      )
    size = lambda kind: spec.num_classes if kind == 'label' else spec.shape(kind)[0]
    self.sizes = {kind: size(kind) for kind in law.CONDITIONS if kind in (options.on or there)}
    self.kinds = tuple(self.sizes)
    self.size = sum(self.sizes.values())
    limits = {'label': (0, self.sizes.get('label', 1) - 1), 'attributes': (0, 1), 'values': (-1, 1)}
    self.ranges = {f'fake_{kind}': limits[kind] for kind in self.kinds}
    self.law = options.law
    self._rows = law.decode(spec.law) if missing else {}
    self.things = wrong_conditions.things(self.kinds, spec)

  def of(self, batch: Batch, side: str) -> dict[str, Any]:
    """{kind: [B, ...]} of the images of a side: 'real', or 'fake' for what G was asked for.

    Those of 'mismatched' are wrong ones for the real images: see wrong_conditions.
    """
    found = {kind: batch[SIDES[side] + kind] for kind in self.kinds}
    return wrong_conditions.wrong(found, self.things, batch['step']) if side == 'mismatched' else found

  def vector(self, batch: Batch, side: str) -> Float[Array, 'B K']:
    """The same as one vector, in [-1, 1]: labels one-hot (0 where they are missing), attributes centred."""
    return self.vector_of(self.of(batch, side))

  def vector_of(self, conditions: Mapping[str, Any]) -> Float[Array, 'B K']:
    """The vector of {kind: [B, ...]}."""
    as_numbers = {
      'label': lambda label: jax.nn.one_hot(label, self.sizes['label']),
      'attributes': lambda attributes: 2 * attributes - 1,
      'values': lambda values: values,
    }
    parts = [as_numbers[kind](jnp.asarray(conditions[kind])) for kind in self.kinds]
    return jnp.concatenate([part.astype(jnp.float32) for part in parts], -1)

  def draw(self, rng: PRNGKeyArray, batch: Batch) -> dict[str, Array]:
    """{'fake_label': [B], ...}: what G is asked for, by config.condition.law.

    By that of the data it is the conditions of B images of the batch. In the place of images without a label
    there are rows of the law that is kept: few labels of a batch would be asked for all the time.
    """
    count = len(batch[self.kinds[0]])
    found = self._uniform(rng, count) if self.law == 'uniform' else self._of(rng, count, batch)
    return {f'fake_{kind}': value for kind, value in found.items()}

  def _of(self, rng, count, batch):
    known = batch['label'] != law.MISSING if 'label' in self.kinds else jnp.ones(count, bool)
    chosen = jax.random.categorical(rng, jnp.where(known, 0.0, -jnp.inf), shape=(count,))
    found = {kind: jnp.asarray(batch[kind])[chosen] for kind in self.kinds}
    if not set(self.kinds) <= set(self._rows):
      return found
    place_rng, row_rng = jax.random.split(jax.random.fold_in(rng, 1))
    own = jax.random.uniform(place_rng, (count,)) < known.mean()
    row = jax.random.randint(row_rng, (count,), 0, len(self._rows['label']))
    either = jax.vmap(jnp.where)
    return {kind: either(own, value, jnp.asarray(self._rows[kind])[row]) for kind, value in found.items()}

  def _uniform(self, rng, count):
    """All labels are as likely, an attribute as often as not, values even in their range; each on its own."""
    rngs = dict(zip(law.CONDITIONS, jax.random.split(rng, 3), strict=True))
    of = {
      'label': lambda rng, size: jax.random.randint(rng, (count,), 0, size),
      'attributes': lambda rng, size: jax.random.bernoulli(rng, 0.5, (count, size)).astype(jnp.float32),
      'values': lambda rng, size: jax.random.uniform(rng, (count, size), minval=-1.0, maxval=1.0),
    }
    return {kind: of[kind](rngs[kind], size) for kind, size in self.sizes.items()}
