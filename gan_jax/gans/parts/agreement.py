"""How far captions and images agree, as products of their vectors: Reed et al. 2016.

https://arxiv.org/abs/1605.05395, eq. 5 and 6. Vectors are {'words': those of captions, 'looks': those of
their images, in the same order}, and may have 'caption_wrong', of captions that are false of the images.
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Vectors = Mapping[str, Float[Array, 'B E']]


def scores(vectors: Vectors) -> Float[Array, 'B B']:
  """How well each caption, a row, goes with each image, a column."""
  return vectors['words'] @ vectors['looks'].T


def of_wrong(vectors: Vectors) -> Float[Array, ' B']:
  """How well 'caption_wrong', which is false of an image, goes with it."""
  return (vectors['caption_wrong'] * vectors['looks']).sum(-1)


def loss(found: Float[Array, 'B B'], vectors: Vectors, margin: float, wrong: float = 1.0) -> Float[Array, '']:
  """joint_loss of the scores that were `found`, and by its weight what wrong captions, if any, do alike.

  Hard negatives, as of Faghri et al. 2018, https://arxiv.org/abs/1707.05612.
  """
  joint = joint_loss(found, margin)
  if 'caption_wrong' not in vectors:
    return joint
  return joint + wrong * jax.nn.relu(margin + of_wrong(vectors) - jnp.diagonal(found)).mean()


def joint_loss(scores: Float[Array, 'B B'], margin: float = 1.0) -> Float[Array, '']:
  """The mean of max(0, margin + s_ij - s_ii) over all other images j of a caption i, and the other way."""
  own, count = jnp.diagonal(scores), len(scores)
  others = 1 - jnp.eye(count)
  per_caption = jax.nn.relu(margin + scores - own[:, None])
  per_image = jax.nn.relu(margin + scores - own[None])
  return ((per_caption + per_image) * others).sum() / max(count * (count - 1), 1)


def retrieved(scores: Float[Array, 'B B']) -> Float[Array, ' B']:
  """Whether of all images of the batch its own goes best with a caption, 0 or 1."""
  return (jnp.argmax(scores, 1) == jnp.arange(len(scores))).astype(jnp.float32)
