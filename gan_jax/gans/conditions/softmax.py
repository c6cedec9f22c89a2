"""A discriminator with one logit for each class, which tells real images by the sum of their exponents.

Salimans et al. 2016, sec. 5, https://arxiv.org/abs/1606.03498: with logits l_1 to l_K, and that of 'fake'
fixed at 0, D(x) = Z / (Z + 1) for Z = sum exp l_k, whose logit is log Z; the class loss is the cross entropy
of l.
"""

import jax
from flax import linen as nn
from jaxtyping import Array
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field
from gan_jax.gans.conditions import Way, features, linear, reading
from gan_jax.gans.contract import Images
from gan_jax.gans.parts.condition import Condition

OPTIONS = {
  'd_weight': Field(1.0, '>= 0', 'of the class loss of D, on real images'),
  'g_weight': Field(1.0, '>= 0', 'of that of G'),
}


def make(options: ConfigDict, condition: Condition) -> Way:
  """D has K outputs in the place of one. Raises UserError for other conditions than labels."""
  if condition.kinds != ('label',):
    raise errors.UserError(
      f'condition.name=softmax reads labels, not {", ".join(condition.kinds)}: set condition.on=label'
    )
  d_terms = lambda real, conditions, *_: reading.losses(real, conditions, options.d_weight)
  g_terms = lambda fake, conditions: reading.losses(fake, conditions, options.g_weight)
  return Way(lambda network: Classes(network, condition.sizes['label']), False, d_terms, g_terms)


class Classes(nn.Module):
  """A network whose logits [B] are log sum exp of those of its `classes`."""

  network: nn.Module
  classes: int

  @nn.compact
  def __call__(self, images: Images, train: bool = False) -> dict[str, Array]:
    outputs = self.network(images, train=train)
    read = linear(self.network, features(outputs), self.classes, train)
    return {**outputs, 'label_read': read, 'logits': jax.nn.logsumexp(read, -1)}
