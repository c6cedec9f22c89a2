"""What consistency regularisation compares: images mirrored and shifted, and images of latents nearby."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from gan_jax import errors
from gan_jax.gans.penalties import Context, Generated

Images = Float[Array, 'B H W C']


def distance(context: Context, side: str, shift: float | Array) -> Float[Array, '']:
  """E[(D(x) - D(T(x)))^2] of D's logits of the images of a side, T being `mirrored_and_shifted`.

  Where images are augmented besides, both are augmented alike.
  """
  images, outputs = {
    'real': (context.real, context.real_outputs),
    'fake': (context.fake, context.fake_outputs),
  }[side]
  if images.ndim != 4:
    raise errors.UserError(f'penalties cr and bcr are for images [B, H, W, C], not for {list(images.shape)}')
  changed = context.discriminate(mirrored_and_shifted(images, context.rng, shift), side)
  return jnp.mean((outputs['logits'] - changed['logits']) ** 2)


def mirrored_and_shifted(images: Images, rng: PRNGKeyArray, shift: float | Array) -> Images:
  """Images of which half are mirrored, left to right, and each goes up to `shift` of a side to any side.

  By whole pixels; what comes in from outside is what a mirror at the border shows. The T of Zhang et al.
  2020, https://arxiv.org/abs/1910.12027.
  """
  batch, height, width, _ = images.shape
  down_rng, across_rng, mirror_rng = jax.random.split(rng, 3)

  def steps(rng, side):
    most = jnp.floor(shift * side).astype(jnp.int32)
    return jax.random.randint(rng, (batch, 1), -most, most + 1)

  rows = _reflected(jnp.arange(height) + steps(down_rng, height), height)
  columns = _reflected(jnp.arange(width) + steps(across_rng, width), width)
  mirrored = jax.random.bernoulli(mirror_rng, shape=(batch, 1))
  columns = jnp.where(mirrored, columns[:, ::-1], columns)
  return images[jnp.arange(batch)[:, None, None], rows[:, :, None], columns[:, None, :]]


def _reflected(places, side):
  """Places off the side by less than its length, as a mirror at its first or last pixel shows them."""
  last = side - 1
  return jnp.clip(last - jnp.abs(last - jnp.abs(places)), 0, last)


def nearby(generated: Generated, radius: float | Array) -> Float[Array, 'B ...']:
  """What G makes of its latents with normal steps of standard deviation `radius`: G(z + dz)."""
  latents = generated.latents
  steps = radius * jax.random.normal(generated.rng, latents.shape, latents.dtype)
  return generated.generate({**generated.batch, 'latents': latents + steps})[generated.output]
