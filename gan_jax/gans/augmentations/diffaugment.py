"""DiffAugment: colour, translation and cutout of every image; Zhao et al. 2020, https://arxiv.org/abs/2006.10738.

The strengths are those of the paper's code (mit-han-lab/data-efficient-gans, DiffAugment_pytorch.py).
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray
from ml_collections import ConfigDict

from gan_jax.configs.fields import SOME, Field, names
from gan_jax.gans.augmentations import Augmentation, require_images

Images = Float[Array, 'B H W C']

SHIFT = 1 / 8  # of the side: the farthest an image moves
HOLE = 1 / 2  # of the side: that of the rectangle that is cut out


def color(images: Images, rng: PRNGKeyArray) -> Images:
  """Brightness + U(-0.5, 0.5), then saturation * U(0, 2), then contrast * U(0.5, 1.5), of each image.

  Saturation is about the mean of a pixel's channels, so that grey images have none; contrast about the mean
  of the image. Values may leave [-1, 1].
  """
  drawn = jax.random.uniform(rng, (3, len(images), 1, 1, 1), images.dtype)
  brightness, saturation, contrast = drawn - 0.5, 2 * drawn, drawn + 0.5
  images = images + brightness[0]
  images = _about(images.mean(-1, keepdims=True), images, saturation[1])
  return _about(images.mean((1, 2, 3), keepdims=True), images, contrast[2])


def translation(images: Images, rng: PRNGKeyArray) -> Images:
  """Each image moved by whole pixels, up to an eighth of its side in both directions; 0 comes in."""
  size = images.shape[1:3]
  most = tuple(round_up(SHIFT * side) for side in size)
  padded = jnp.pad(images, [(0, 0), *((far, far) for far in most), (0, 0)])
  corners = jax.random.randint(rng, (len(images), 2), 0, 2 * jnp.array(most) + 1)
  # A window of a padded image: 9 times as fast on a CPU as products with one-hot matrices (64x64x3).
  cut = lambda image, corner: jax.lax.dynamic_slice(image, (*corner, 0), (*size, image.shape[-1]))
  return jax.vmap(cut)(padded, corners)


def cutout(images: Images, rng: PRNGKeyArray) -> Images:
  """Each image with a rectangle of half its sides set to 0; its centre is anywhere, so it may stick out."""

  def inside(rng, side) -> Bool[Array, 'B side']:
    hole = round_up(HOLE * side)
    centre = jax.random.randint(rng, (len(images), 1), 0, side + 1 - hole % 2)
    from_start = jnp.arange(side) - (centre - hole // 2)
    return (from_start >= 0) & (from_start < hole)

  rows, columns = (
    inside(rng, side) for rng, side in zip(jax.random.split(rng), images.shape[1:3], strict=True)
  )
  return jnp.where((rows[:, :, None] & columns[:, None, :])[..., None], 0, images)


POLICIES = {'color': color, 'translation': translation, 'cutout': cutout}
OPTIONS = {
  'policy': Field(tuple(POLICIES), names(POLICIES), 'what is changed, one after the other', length=SOME)
}


def make(config: ConfigDict) -> Augmentation:
  """The Augmentation by `augment.policy`, without state: all images are changed."""

  def apply(images, rng, state):
    require_images('diffaugment', images)
    for k, name in enumerate(config.augment.policy):
      images = POLICIES[name](images, jax.random.fold_in(rng, k))
    return images

  return Augmentation(apply)


def round_up(pixels: float) -> int:
  """The nearest whole number, of two the larger: 2 of 1.5, 3 of 2.5."""
  return int(pixels + 0.5)


def _about(centre, images, factor):
  """Images whose distance from `centre` is `factor` times as large."""
  return centre + (images - centre) * factor
