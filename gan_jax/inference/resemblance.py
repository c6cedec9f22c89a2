"""How far images are from a given one, so that gradients lead to it: by pixels, and by what D sees."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.gans.contract import GAN, Variables

Images = Float[Array | np.ndarray, 'N H W C']
MOST = 16  # images that a D looks at at once
SCALES = (1, 2, 4)  # squares of so many pixels a side, in whose means images are compared


def pixels(images: Images, image: Float[Array | np.ndarray, 'H W C']) -> Float[Array, ' N']:
  """The mean squared error at several scales, so that what is a little beside its place is near, too."""
  found = []
  for side in SCALES:
    if side <= min(images.shape[1:3]):
      pooled = nn.avg_pool(images - image, (side, side), (side, side))
      found.append(jnp.square(pooled).mean((1, 2, 3)))
  return sum(found) / len(found)


def relative(features: Float[Array, 'N K'], others: Float[Array, 'N K']) -> Float[Array, ' N']:
  """The squared distance of features, over the square of the others."""
  return jnp.square(features - others).sum(1) / (jnp.square(others).sum(1) + 1e-8)


def psnr(error: float) -> float:
  """The peak signal-to-noise ratio, in dB, of a mean squared error of images in [-1, 1]."""
  return float(10 * np.log10(4 / max(error, 1e-12)))


def of_discriminator(
  gan: GAN, variables: Variables, drawn: Mapping[str, Any], shape: tuple[int, ...]
) -> Callable | None:
  """(variables, drawn, images [N, ...]) -> D's features [N, K]; None of a D that has none of such images.

  `drawn` {name: [N, ...]}, which those here are like, is what the images were asked for. Each image is shown
  by itself, to a D that looks at several at once as often as it needs: the others are no business of it.
  """

  def features(times, variables, drawn, images):
    def alone(drawn, image):
      shown = jax.tree.map(lambda array: jnp.repeat(array[None], times, 0), (drawn, image))
      return gan.discriminate(variables, *shown)['features'].reshape(-1)

    return jax.vmap(alone)(drawn, images)

  like = jax.ShapeDtypeStruct((len(next(iter(drawn.values()))), *shape), jnp.float32)
  for times in range(1, MOST + 1):
    try:
      jax.eval_shape(functools.partial(features, times), variables, drawn, like)
      return functools.partial(features, times)
    except errors.UserError:  # it takes packs of more
      continue
    except (KeyError, TypeError):  # no features, or no D
      break
  return None
