"""A GAN that holds less memory: what its convolutions give is kept for the backward pass, nothing else."""

import dataclasses
import functools

import jax

from gan_jax.gans.contract import GAN
from gan_jax.models import layers


def rematerialised(gan: GAN) -> GAN:
  """The GAN whose normalisation, activations and patches of convolutions are computed again: more time."""
  kept = jax.checkpoint_policies.save_only_these_names(layers.CONVOLVED)
  again = functools.partial(jax.checkpoint, policy=kept)

  def generate(variables, batch, rng, train):
    return again(lambda *inputs: gan.generate(*inputs, train=train))(variables, batch, rng)

  d_loss = gan.d_loss and again(gan.d_loss)
  return dataclasses.replace(gan, generate=generate, d_loss=d_loss, g_loss=again(gan.g_loss))
