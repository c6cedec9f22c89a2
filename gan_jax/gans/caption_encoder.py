"""Captions and images to vectors that agree: the joint embedding of Reed et al. 2016.

https://arxiv.org/abs/1605.05395, eq. 5 and 6. There is no D: both encoders are in G, and what it makes of a
batch are vectors. Text-to-image games take over the encoder of captions (gan.encoder=RUN). Chance hardly ever
draws two images that differ in a mouth alone; the wrong captions of the data, which may be wrong in one thing
(data.one_wrong of the avatars), teach what the others do not: hard negatives, as of Faghri et al. 2018,
https://arxiv.org/abs/1707.05612. What is small in an image is hardly learned from images: two captions of one
image should agree, too, by the same loss (sentences that say the same, as of Wieting et al. 2016,
https://arxiv.org/abs/1511.08198).
"""

import functools

import jax.numpy as jnp
from ml_collections import ConfigDict

from gan_jax import models
from gan_jax.configs.fields import Field
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import GAN, Presentation
from gan_jax.gans.parts import agreement

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
  told_apart = functools.partial(agreement.loss, margin=config.gan.margin, wrong=weights['caption_wrong'])
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
    found = agreement.scores(fakes)
    loss, metrics = told_apart(found, fakes), {'retrieval': agreement.retrieved(found).mean()}
    if 'caption_wrong' in fakes:
      metrics['wrong_told'] = (agreement.of_wrong(fakes) < jnp.diagonal(found)).mean()
    if 'caption_again' in fakes:
      sentences = {**fakes, 'looks': fakes['caption_again']}
      found = agreement.scores(sentences)
      loss = loss + weights['caption_again'] * told_apart(found, sentences)
      metrics['retrieval_sentence'] = agreement.retrieved(found).mean()
    return loss, ({}, {'loss': loss, **metrics})

  def show(batch, fakes):
    order = jnp.argsort(-agreement.scores(fakes), 1)[:, :SHOWN]
    nearest = {f'nearest {k + 1}': batch['image'][order[:, k]] for k in range(order.shape[1])}
    return {'image': batch['image'], **nearest}

  presentation = Presentation(
    show=show,
    score=lambda batch, fakes: {'retrieval': agreement.retrieved(agreement.scores(fakes))},
    translates={'image': 'looks'},
  )
  nothing = lambda rng, batch: {}
  return GAN(init, nothing, generate, None, None, g_loss, presentation=presentation)
