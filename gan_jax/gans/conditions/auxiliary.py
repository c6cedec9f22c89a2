"""D tells the condition from the image, and G is to make it readable: AC-GAN.

Odena et al. 2017, eq. 2 and 3, https://arxiv.org/abs/1610.09585: a cross entropy of the label, and here one
of each attribute, too, and the squared error of real values.
"""

from collections.abc import Mapping

from flax import linen as nn
from jaxtyping import Array
from ml_collections import ConfigDict

from gan_jax.configs.fields import Field
from gan_jax.gans.conditions import Way, features, linear, reading
from gan_jax.gans.contract import Images
from gan_jax.gans.parts.condition import Condition

OPTIONS = {
  'd_weight': Field(1.0, '>= 0', 'of the class losses of D'),
  'g_weight': Field(1.0, '>= 0', 'of those of G'),
  'fakes': Field(True, about='D learns the classes of generated images, too, as in eq. 3'),
}


def make(options: ConfigDict, condition: Condition) -> Way:
  """D has a linear layer more for each kind of condition."""

  def d_terms(real, real_conditions, fake, fake_conditions):
    terms = reading.losses(real, real_conditions, options.d_weight)
    if options.fakes:
      of_fakes = reading.losses(fake, fake_conditions, options.d_weight)
      terms |= {f'fake_{name}': value for name, value in of_fakes.items()}
    return terms

  g_terms = lambda fake, conditions: reading.losses(fake, conditions, options.g_weight)
  return Way(lambda network: Reader(network, condition.sizes), False, d_terms, g_terms)


class Reader(nn.Module):
  """A network that also gives what it reads of each kind of condition: {'label_read': [B, K], ...}."""

  network: nn.Module
  sizes: Mapping[str, int]

  @property
  def inside(self) -> nn.Module:
    """The network, for those that look into what is around it."""
    return self.network

  @nn.compact
  def __call__(self, images: Images, train: bool = False) -> dict[str, Array]:
    outputs = self.network(images, train=train)
    seen = features(outputs)
    for kind, size in self.sizes.items():
      outputs = {**outputs, f'{kind}_read': linear(self.network, seen, size, train)}
    return outputs
