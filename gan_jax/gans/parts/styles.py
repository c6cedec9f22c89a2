"""The two parts of a generator with styles, as the contract has them."""

from collections.abc import Callable

from flax import linen as nn

from gan_jax import models
from gan_jax.gans.contract import Styles


def of(generator: nn.Module, inputs: Callable, output: str = 'image') -> Styles | None:
  """The Styles of a network that has the methods `mapping` and `synthesis`; None of any other.

  `mapping(*inputs, train)` gives styles [B, L, W], and `synthesis(styles, train)` images; `inputs(drawn)` are
  what the network is called with. A method `style_mean()`, if there is one, gives the mean style [W].
  """
  if not (hasattr(generator, 'mapping') and hasattr(generator, 'synthesis')):
    return None

  def mapping(variables, drawn):
    return models.run(generator, variables['g'], *inputs(drawn), train=False, method='mapping')[0]

  def synthesis(variables, drawn, styles):
    return {output: models.run(generator, variables['g'], styles, train=False, method='synthesis')[0]}

  mean = lambda variables: generator.apply(variables['g'], method='style_mean')
  return Styles(mapping, synthesis, mean if hasattr(generator, 'style_mean') else None)
