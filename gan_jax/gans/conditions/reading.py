"""How far what a discriminator reads of images is from their conditions."""

from collections.abc import Mapping

import optax
from jaxtyping import Array, Float

from gan_jax.evaluation.networks.learning import of_known as of_labels


def losses(
  outputs: Mapping[str, Array], conditions: Mapping[str, Array], weight: float | Array
) -> dict[str, Float[Array, '']]:
  """{'label_loss': [], ...} of each kind, `weight` times. What is read is 'label_read', ..."""
  of = {'label': of_labels, 'attributes': of_attributes, 'values': of_values}
  found = {kind: of[kind](outputs[f'{kind}_read'], asked) for kind, asked in conditions.items()}
  return {f'{kind}_loss': weight * value for kind, value in found.items()}


def of_attributes(logits: Float[Array, 'B A'], attributes: Float[Array, 'B A']) -> Float[Array, '']:
  """The mean of the cross entropies of each attribute in [0, 1], which are summed."""
  return optax.sigmoid_binary_cross_entropy(logits, attributes).sum(1).mean()


def of_values(read: Float[Array, 'B V'], values: Float[Array, 'B V']) -> Float[Array, '']:
  """The mean of the squared errors, which are summed over the values."""
  return ((read - values) ** 2).sum(1).mean()
