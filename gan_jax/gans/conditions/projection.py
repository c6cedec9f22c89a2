"""The inner product of the embedded condition with the features of the image, added to the logits.

Miyato and Koyama 2018, eq. 3, https://arxiv.org/abs/1802.05637.
"""

from flax import linen as nn
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax.gans.conditions import Way, features, linear
from gan_jax.gans.contract import Images
from gan_jax.gans.parts.condition import Condition

OPTIONS = {}


def make(options: ConfigDict, condition: Condition) -> Way:
  """D has one linear layer more."""
  return Way(Projected)


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
