"""One generator for many domains: StarGAN of Choi et al. 2018, https://arxiv.org/abs/1711.09020.

The batch has 'image' and 'attributes' [B, K] of 0 and 1; 'wanted' [B, K] is drawn: the attributes of another
image of the batch. G sees the wanted ones as K planes beside the image.
"""

import functools

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PRNGKeyArray
from ml_collections import ConfigDict

from gan_jax import errors, models
from gan_jax.configs.fields import Field
from gan_jax.data.spec import Spec
from gan_jax.evaluation.metrics import translation
from gan_jax.gans.contract import GAN, Presentation
from gan_jax.gans.parts.discriminator import Discriminator

OPTIONS = {
  'classification': Field(1.0, '>= 0', "weight of the attributes' cross entropy, eq. 2 and 3"),
  'reconstruction': Field(10.0, '>= 0', 'of E|image - there and back|, eq. 4'),
  'penalized': Field(0.0, '>= 0', "how much of the attributes' logits penalties hold small, too"),
  'exclusive': Field(0, '>= 0', 'of the first so many attributes an image has one, as colours of hair'),
}
WEIGHED = ('classification', 'reconstruction')


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN whose generator gives 'image' [B, H, W, C] the attributes 'wanted'. Raises UserError."""
  (domains,), attributes = spec.shape('attributes'), spec.attribute_names
  generator = models.make(config, 'generator', image_shape=spec.shape('image'))
  network = models.make(config, 'discriminator', domains=domains)
  weights = config.gan
  if weights.exclusive > domains:
    raise errors.UserError(f'gan.exclusive={weights.exclusive}, but there are {domains} attributes')
  smooth = functools.partial(penalized, share=weights.penalized)
  discriminator = Discriminator(config, network, penalized=smooth)

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    return {
      'g': generator.init(g_rng, with_planes(batch['image'], batch['attributes']), train=True),
      'd': network.init(d_rng, batch['image'], train=True),
    }

  def draw(rng, batch):
    return {'wanted': jax.random.permutation(rng, batch['attributes'])}

  def generate(variables, batch, rng, train):
    there_rng, back_rng = jax.random.split(rng)
    asked = with_planes(batch['image'], batch['wanted'])
    translated, new = models.run(generator, variables['g'], asked, train=train, rng=there_rng)
    back = with_planes(translated, batch['attributes'])
    again, new = models.run(generator, {**variables['g'], **new}, back, train=train, rng=back_rng)
    return {'image': translated, 'cycle': again}, {'g': new}

  def d_loss(variables, batch, fakes, rng):
    verdict = discriminator.d_loss(variables, batch, batch['image'], fakes['image'], rng)
    classification = cross_entropy(verdict.real['domain_logits'], batch['attributes'])
    loss = verdict.loss + weights.classification * classification
    metrics = {**verdict.metrics, 'loss': loss, 'classification': classification}
    return loss, (verdict.new, metrics)

  def g_loss(variables, batch, fakes, rng):
    verdict = discriminator.g_loss(variables, batch, batch['image'], fakes['image'], rng)
    terms = {
      'adversarial': verdict.loss,
      'classification': cross_entropy(verdict.fake['domain_logits'], batch['wanted']),
      'reconstruction': jnp.abs(batch['image'] - fakes['cycle']).mean(),
    }
    factors = {'adversarial': 1.0, **{name: weights[name] for name in WEIGHED}}
    loss = sum(factors[name] * term for name, term in terms.items())
    return loss, (verdict.new, {'loss': loss, **terms})

  def show(batch, fakes):
    return {'image': batch['image'], 'as wanted': fakes['image'], 'and back': fakes['cycle']}

  def score(batch, fakes):
    return {'l1_cycle': translation.l1(batch['image'], fakes['cycle'])}

  def matrix(variables, batch, rng):
    """Faces, and each with one attribute changed."""

    @jax.jit
    def translate(variables, wanted):
      return models.run(generator, variables, with_planes(batch['image'], wanted), train=False)[0]

    columns = {'image': batch['image']}
    for k, name in enumerate(attributes):
      columns[name] = translate(variables['g'], changed(batch['attributes'], k, weights.exclusive))
    return {'domains': columns}

  presentation = Presentation(
    show=show, score=score, figures=matrix, ranges={'wanted': (0, 1)}, translates={'image': 'image'}
  )
  return discriminator.game(init, draw, generate, g_loss, d_loss=d_loss, presentation=presentation)


def changed(attributes: Float[Array, 'B K'], k: int, exclusive: int = 0) -> Float[Array, 'B K']:
  """Attributes with the k-th the other way; of the first `exclusive` ones the k-th alone is set."""
  if k < exclusive:
    return attributes.at[:, :exclusive].set(0).at[:, k].set(1)
  return attributes.at[:, k].set(1 - attributes[:, k])


def with_planes(
  images: Float[Array, 'B H W C'], attributes: Float[Array, 'B K']
) -> Float[Array, 'B H W C+K']:
  """Images with attributes as planes beside their channels."""
  planes = jnp.broadcast_to(attributes[:, None, None], (*images.shape[:3], attributes.shape[1]))
  return jnp.concatenate([images, planes.astype(images.dtype)], -1)


def penalized(outputs: dict, rng: PRNGKeyArray, share: float | Array) -> Float[Array, 'B L']:
  """The verdict's logits and `share` of the attributes', with random signs.

  With the verdict's gradient g and the attributes' g_k, the squared gradient of their sum is on average
  |g|^2 + share^2 sum |g_k|^2: R1 of each. Meant to make the classifier's gradients, from which G learns, look
  like attributes (Tsipras et al. 2019, sec. 3, https://arxiv.org/abs/1805.12152); docs/translation.md
  tells what it did.
  """
  verdict, domains = outputs['logits'], outputs['domain_logits']
  signed = share * jax.random.rademacher(rng, domains.shape, domains.dtype) * domains
  return jnp.concatenate([verdict.reshape(len(verdict), -1), signed], 1)


def cross_entropy(logits: Float[Array, 'B K'], attributes: Float[Array, 'B K']) -> Float[Array, '']:
  """Of each attribute on its own, summed over the attributes; the mean over the batch."""
  return optax.sigmoid_binary_cross_entropy(logits, attributes).sum(1).mean()
