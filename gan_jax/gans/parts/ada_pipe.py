"""The changes of ADA at random: of place, as one resampling, of colour, as one product, noise and holes.

Karras et al. 2020, app. B, https://arxiv.org/abs/2006.06676, with the strengths of their code
(NVlabs/stylegan2-ada-pytorch, training/augment.py). Not theirs: places are resampled bilinearly, where theirs
goes by a wavelet at twice the size.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray
from ml_collections import ConfigDict

from gan_jax.configs.traced import absent
from gan_jax.gans.parts import colors, warps

Images = Float[Array, 'B H W C']
Chance = float | Float[Array, '']


def changed(images: Images, rng: PRNGKeyArray, options: ConfigDict, p: Chance) -> Images:
  """Images [B, H, W, C], each changed by each of the changes with a chance of p times its share."""
  place, color, noise, cut = jax.random.split(rng, 4)
  count, height, width, _ = images.shape
  if not (absent(options.blit) and absent(options.geometry)):
    maps = places(place, count, height, width, options.blit * p, options.geometry * p)
    images = warps.warp(images, maps)
  if not absent(options.color):
    images = colors.recolor(images, recolorings(color, count, options.color * p))
  if not absent(options.noise):
    images = noisy(images, noise, options.noise * p)
  if not absent(options.cutout):
    images = cutout(images, cut, options.cutout * p)
  return images


def places(rng: PRNGKeyArray, count: int, height: int, width: int, blit: Chance, p: Chance) -> warps.Maps:
  """Changes of place [B, 3, 3]: by whole pixels with the chance `blit`, others with `p`."""
  keys = jax.random.split(rng, 12)
  normal = lambda k, *shape: jax.random.normal(keys[k], (*shape, count))
  angle = lambda k: jax.random.uniform(keys[k], (count,), minval=-jnp.pi, maxval=jnp.pi)
  mirror = jax.random.rademacher(keys[0], (count,), jnp.float32)
  far = jnp.round(
    jax.random.uniform(keys[2], (2, count), minval=-1 / 8, maxval=1 / 8) * _sides(width, height)
  )
  scale, stretch = 2 ** (0.2 * normal(3)), 2 ** (0.2 * normal(5))
  part = normal(7, 2) / 8 * _sides(width, height)
  either = 1 - jnp.sqrt(jnp.clip(1 - p, 0, 1))  # of two turns, so that p have at least one
  changes = (
    (blit, warps.scaled(mirror, jnp.ones_like(mirror))),
    (blit, warps.turned(jax.random.randint(keys[1], (count,), 0, 4))),
    (blit, warps.moved(*far)),
    (p, warps.scaled(scale, scale)),
    (either, warps.rotated(angle(4))),
    (p, warps.scaled(stretch, 1 / stretch)),
    (either, warps.rotated(angle(6))),
    (p, warps.moved(*part)),
  )
  return warps.composed(*sometimes(keys[8], changes))


def recolorings(rng: PRNGKeyArray, count: int, p: Chance) -> colors.Maps:
  """Changes of colour [B, 4, 4], each with the chance `p`."""
  keys = jax.random.split(rng, 6)
  normal = lambda k: jax.random.normal(keys[k], (count,))
  changes = (
    colors.brighter(0.2 * normal(0)),
    colors.contrasted(2 ** (0.5 * normal(1))),
    colors.luma_flipped(jax.random.bernoulli(keys[2], 0.5, (count,)).astype(jnp.float32)),
    colors.hue_turned(jax.random.uniform(keys[3], (count,), minval=-jnp.pi, maxval=jnp.pi)),
    colors.saturated(2 ** normal(4)),
  )
  return colors.composed(*sometimes(keys[5], [(p, maps) for maps in changes]))


def sometimes(rng: PRNGKeyArray, changes: list | tuple) -> list[Float[Array, 'B n n']]:
  """The maps of pairs (chance, maps [B, n, n]), each of them the identity unless its chance has come."""
  coins = jax.random.uniform(rng, (len(changes), len(changes[0][1])))
  return [
    jnp.where((coin < p)[:, None, None], maps, jnp.eye(maps.shape[-1]))
    for coin, (p, maps) in zip(coins, changes, strict=True)
  ]


def noisy(images: Images, rng: PRNGKeyArray, p: Chance) -> Images:
  """Images of which some have Gaussian noise, of a standard deviation |N(0, 0.1)|."""
  coin, deviation, noise = jax.random.split(rng, 3)
  shape = (len(images), 1, 1, 1)
  sigma = 0.1 * jnp.abs(jax.random.normal(deviation, shape)) * jax.random.bernoulli(coin, p, shape)
  return images + sigma.astype(images.dtype) * jax.random.normal(noise, images.shape, images.dtype)


def cutout(images: Images, rng: PRNGKeyArray, p: Chance) -> Images:
  """Images of which some have a rectangle of half their sides set to 0; its centre is anywhere in them."""
  coin, centre = jax.random.split(rng)
  count, height, width, _ = images.shape
  y, x = jax.random.uniform(centre, (2, count, 1))
  near = lambda side, centre: jnp.abs((jnp.arange(side) + 0.5) / side - centre) < 0.25
  hole = (
    near(height, y)[:, :, None] & near(width, x)[:, None, :] & jax.random.bernoulli(coin, p, (count, 1, 1))
  )
  return jnp.where(hole[..., None], 0, images)


def _sides(width, height):
  return jnp.array([[width], [height]], jnp.float32)
