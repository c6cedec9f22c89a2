"""Generative adversarial networks in JAX and Flax.

`from gan_jax import losses, regularizers` pulls in jax alone; `gan_jax.load(run)` the rest.
"""


def load(folder, at=None):
  """A trained generator: `gan = load('runs/X'); images = gan(gan.latents(16))`; see sample.Sampler."""
  from gan_jax.inference import sample

  return sample.load(folder, at)
