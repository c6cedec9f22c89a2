"""Captions and images to vectors that agree: the joint embedding of Reed et al. 2016.

https://arxiv.org/abs/1605.05395, eq. 5 and 6. There is no D: both encoders are in G, and what it makes of a
batch are vectors. Text-to-image games take over the encoder of captions (gan.encoder=RUN). Chance hardly ever
draws two images that differ in a mouth alone; the wrong captions of the data, which may be wrong in one thing
(data.one_wrong of the avatars), teach what the others do not: hard negatives, as of Faghri et al. 2018,
https://arxiv.org/abs/1707.05612. What is small in an image is hardly learned from images: two captions of one
image should agree, too, by the same loss (sentences that say the same, as of Wieting et al. 2016,
https://arxiv.org/abs/1511.08198).
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax import models
from gan_jax.configs.fields import Field
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import GAN, Presentation

OPTIONS = {
  'margin': Field(1.0, '> 0', 'by which a caption and its image should agree more than others do'),
  'wrong': Field(1.0, '>= 0', 'weight of how much less the wrong caption of an image should agree with it'),
  'sentences': Field(1.0, '>= 0', 'weight of how two captions of one image should agree, as they do with it'),
}
SHOWN = 3  # images that are nearest to a caption


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN without D; its fakes are 'words' and 'looks' [B, E]. Raises UserError if there are no captions."""
  spec.shape('caption')
  weights = {
    'caption_again': config.gan.sentences if 'caption_again' in spec else 0,
    'caption_wrong': config.gan.wrong if 'caption_wrong' in spec else 0,
  }
  beside = [name for name, weight in weights.items() if weight]
  encoders = models.make(config, 'generator', vocabulary=len(spec.vocabulary))

  def init(rng, batch):
    return {'g': encoders.init(rng, batch['caption'], batch['image'], train=True)}

  def generate(variables, batch, rng, train):
    names = ['caption', *(beside if train else ())]
    captions = jnp.concatenate([batch[name] for name in names])
    vectors, new = models.run(encoders, variables['g'], captions, batch['image'], train=train, rng=rng)
    own, *others = jnp.split(vectors['words'], len(names))
    return {'words': own, 'looks': vectors['looks'], **dict(zip(names[1:], others, strict=True))}, {'g': new}

  def g_loss(variables, batch, fakes, rng):
    found = scores(fakes)
    loss, metrics = agreement(found, fakes), {'retrieval': retrieved(found).mean()}
    if 'caption_wrong' in fakes:
      metrics['wrong_told'] = (agreeing(fakes) < jnp.diagonal(found)).mean()
    if 'caption_again' in fakes:
      sentences = {**fakes, 'looks': fakes['caption_again']}
      found = scores(sentences)
      loss = loss + weights['caption_again'] * agreement(found, sentences)
      metrics['retrieval_sentence'] = retrieved(found).mean()
    return loss, ({}, {'loss': loss, **metrics})

  def agreement(found, vectors):
    """The loss of captions and of what each of them should agree with, 'looks', more than others do."""
    loss = joint_loss(found, config.gan.margin)
    if 'caption_wrong' not in vectors:
      return loss
    missing = jax.nn.relu(config.gan.margin + agreeing(vectors) - jnp.diagonal(found))
    return loss + weights['caption_wrong'] * missing.mean()

  def show(batch, fakes):
    order = jnp.argsort(-scores(fakes), 1)[:, :SHOWN]
    nearest = {f'nearest {k + 1}': batch['image'][order[:, k]] for k in range(order.shape[1])}
    return {'image': batch['image'], **nearest}

  presentation = Presentation(
    show=show,
    score=lambda batch, fakes: {'retrieval': retrieved(scores(fakes))},
    translates={'image': 'looks'},
  )
  nothing = lambda rng, batch: {}
  return GAN(init, nothing, generate, None, None, g_loss, presentation=presentation)


def scores(vectors: dict[str, Float[Array, 'B E']]) -> Float[Array, 'B B']:
  """How well each caption, a row, goes with each image, a column: the products of their vectors."""
  return vectors['words'] @ vectors['looks'].T


def agreeing(vectors: dict[str, Float[Array, 'B E']]) -> Float[Array, ' B']:
  """How well the wrong caption of each image goes with it."""
  return (vectors['caption_wrong'] * vectors['looks']).sum(-1)


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
