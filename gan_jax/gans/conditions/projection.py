"""The inner product of the embedded condition with the features of the image, added to the logits.

Miyato and Koyama 2018, eq. 3, https://arxiv.org/abs/1802.05637. With the class losses of an auxiliary
classifier beside it D also learns what is small in an image, such as a mouth.
"""

from flax import linen as nn
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field
from gan_jax.configs.traced import absent
from gan_jax.gans.conditions import Way, auxiliary, features, linear
from gan_jax.gans.contract import Images
from gan_jax.gans.parts.condition import Condition

OPTIONS = {
  **auxiliary.OPTIONS,
  'd_weight': Field(0.0, '>= 0', 'of class losses of D, as of condition.name=auxiliary; 0: none'),
  'g_weight': Field(0.0, '>= 0', 'of those of G'),
  'fakes': Field(False, about='D learns the classes of generated images, too'),
}


def make(options: ConfigDict, condition: Condition) -> Way:
  """D has one linear layer more, and those of an auxiliary classifier where its losses count.

  Raises UserError for a G that is to learn from classes which D does not.
  """
  if absent(options.d_weight) and not absent(options.g_weight):
    raise errors.UserError('condition.g_weight is of classes that D tells: set condition.d_weight, too')
  if absent(options.d_weight):
    return Way(Projected)
  classes = auxiliary.make(options, condition)
  return classes._replace(wrap=lambda network: Projected(classes.wrap(network)), reads=True)


class Projected(nn.Module):
  """A network whose logits [B, ...] are f(x) + <V y, features(x)>."""

  network: nn.Module

  @nn.compact
  def __call__(self, images: Images, condition: Float[Array, 'B K'], train: bool = False) -> dict[str, Array]:
    outputs = self.network(images, train=train)
    seen = features(outputs)
    embedded = linear(self.network, condition, seen.shape[-1], train, use_bias=False)
    product = (embedded * seen).sum(-1)
    logits = outputs['logits']
    return {**outputs, 'logits': logits + product.reshape(-1, *[1] * (logits.ndim - 1))}
