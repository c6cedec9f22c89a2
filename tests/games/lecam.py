"""A penalty with a memory of D's logits: as LeCam's, Tseng et al. 2021, https://arxiv.org/abs/2104.03310."""

import jax
import jax.numpy as jnp

from gan_jax.gans.penalties import Penalty

OPTIONS = {'decay': 0.9}


def make(options):
  """The distances of the logits to averages of those of the other side."""

  def term(context, state):
    real, fake = context.real_outputs['logits'], context.fake_outputs['logits']
    apart = lambda logits: jnp.square(jax.nn.relu(logits)).mean()
    return apart(real - state['fake']) + apart(state['real'] - fake)

  def update(context, state):
    new = {'real': context.real_outputs['logits'].mean(), 'fake': context.fake_outputs['logits'].mean()}
    return {side: options['decay'] * state[side] + (1 - options['decay']) * new[side] for side in new}

  return Penalty(term, lambda: {'real': jnp.zeros(()), 'fake': jnp.zeros(())}, update)
