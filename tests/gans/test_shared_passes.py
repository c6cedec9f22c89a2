"""R1 and R2 by the forward pass of D's loss: the numbers of a critic of their own, for less."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import configs, models, regularizers
from gan_jax.gans import penalties
from gan_jax.gans.parts.discriminator import Discriminator

RNG = jax.random.key(0)
CURVED = {'discriminator.name': 'mlp', 'discriminator.activation': 'tanh', 'discriminator.widths': (16, 16)}
NORMED = {
  'discriminator.name': 'dcgan', 'discriminator.width': 4, 'discriminator.strides': (2, 2),
  'discriminator.norm': (True, True),
}  # fmt: skip


def begin(networks, **fields):
  """(Discriminator, its variables, a batch, fakes)."""
  given = {**networks, 'penalty.r1': 0.5, 'penalty.r2': 2.0, 'data.size': (8, 8), **fields}
  config = configs.get('dcgan_digits', given, notice=lambda _: None)
  network = models.make(config, 'discriminator')
  discriminator = Discriminator(config, network)
  real, fake = jax.random.normal(RNG, (2, 6, 8, 8, 1))
  batch = {'image': real, 'step': jnp.int32(0)}
  return discriminator, {'g': {}, 'd': network.init(RNG, real, train=True)}, batch, {'image': fake}


def apart(discriminator):
  """The Discriminator whose R1 and R2 each differentiate a critic of their own."""

  def term(side):
    images = lambda context: getattr(context, side)
    critic = lambda context: lambda images: context.critic(images, side)
    return penalties.Penalty(lambda context, state: regularizers.r1(critic(context), images(context)))

  discriminator.penalties._penalties = {'r1': term('real'), 'r2': term('fake')}
  return discriminator


def learn(networks, every=1, change=lambda discriminator: discriminator):
  """(loss, metrics, gradients, the compiled program) of D."""
  discriminator, variables, batch, fakes = begin(networks, **{'penalty.every': every})
  discriminator = change(discriminator)

  def loss(params, batch):
    after = {**variables, 'd': {**variables['d'], 'params': params}}
    value, (_, metrics) = discriminator.tell_apart(after, batch, fakes, RNG)
    return value, metrics

  both = jax.jit(jax.value_and_grad(loss, has_aux=True)).lower(variables['d']['params'], batch)
  both = both.compile({'xla_backend_optimization_level': 2})  # or the pass that is there twice would stay so
  (value, metrics), gradients = both(variables['d']['params'], batch)
  return value, metrics, gradients, both


@pytest.mark.long
@pytest.mark.parametrize('every', [1, 3])
@pytest.mark.parametrize('networks', [CURVED, NORMED], ids=['curved', 'batch norm'])
def test_they_are_those_of_a_critic_of_their_own_for_less(networks, every):
  """In curved networks and across batch norm one backward pass serves the loss and both penalties."""
  shared, own = learn(networks, every), learn(networks, every, apart)
  for one, other in zip(shared[:3], own[:3], strict=True):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), one, other)
  flops = [found[3].cost_analysis()['flops'] for found in (shared, own)]
  assert flops[0] < 0.9 * flops[1]
