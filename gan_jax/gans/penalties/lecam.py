"""LeCam: D's logits are held to the moving averages of those of the other side; `penalty.lecam` is lambda.

Tseng et al. 2021, https://arxiv.org/abs/2104.03310: E[relu(D(x) - a_F)^2] + E[relu(a_R - D(G(z)))^2],
as in the code of its authors, with a_R and a_F moving averages of the logits of real and generated images.
0.3 with a hinge loss, 3e-7 with StyleGAN2. Until `start` the averages are those of the last batch alone.
"""

import jax
import jax.numpy as jnp

from gan_jax.configs.fields import Field
from gan_jax.gans.penalties import Context, Penalty

OPTIONS = {
  'decay': Field(0.99, '[0, 1)', "of the moving averages of D's logits"),
  'start': Field(1000, '>= 0', 'the first step at which it counts'),
}


def make(options: dict) -> Penalty:
  """The Penalty, whose state is {'real': [], 'fake': []}."""

  def begun(context: Context):
    return context.step >= options['start']

  def term(context: Context, state: dict):
    above = jax.nn.relu(context.real_outputs['logits'] - state['fake'])
    below = jax.nn.relu(state['real'] - context.fake_outputs['logits'])
    return jnp.where(begun(context), jnp.mean(above**2) + jnp.mean(below**2), 0)

  def update(context: Context, state: dict):
    means = {'real': context.real_outputs['logits'].mean(), 'fake': context.fake_outputs['logits'].mean()}
    decay = jnp.where(begun(context), options['decay'], 0)
    return {side: decay * state[side] + (1 - decay) * mean for side, mean in means.items()}

  return Penalty(term, lambda: {'real': jnp.zeros(()), 'fake': jnp.zeros(())}, update)
