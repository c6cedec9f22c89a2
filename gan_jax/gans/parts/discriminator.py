"""A discriminator's side of a game: what it is shown, and the losses of both players against it."""

import functools
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float, PRNGKeyArray
from ml_collections import ConfigDict

from gan_jax import models, regularizers
from gan_jax.configs.traced import absent
from gan_jax.gans import augmentations, penalties
from gan_jax.gans.contract import GAN, Batch, Images, Presentation, Variables, merge
from gan_jax.gans.parts import adversarial_loss

PLAIN = Presentation()
Fakes = Float[Array | np.ndarray, ' F *shape']  # as many as the real images, or more, or fewer


class Verdict(NamedTuple):
  """What a discriminator says of a batch while it trains."""

  loss: Float[Array, '']
  new: dict  # the new collections, as a loss of a GAN gives them: {'d': ...}
  metrics: dict  # {name: []}
  real: dict  # its outputs: {'logits': ..., ...}
  fake: dict


def images_alone(batch: Batch, images: Images, augment: Callable, side: str) -> tuple[Images]:
  """The inputs of a network that is given the images, and nothing else."""
  return (augment(images),)


class Discriminator:
  """A network in a game against a generator, by the loss, penalties, augmentation and noise of the config.

  Where the augmentation or a penalty has state, it lies in the group of variables `self.group`.
  """

  def __init__(
    self,
    config: ConfigDict,
    network: nn.Module,
    inputs: Callable = images_alone,
    penalized: Callable = lambda outputs, rng: outputs['logits'],
    name: str = '',
  ):
    """`network` maps its inputs to {'logits': ..., ...}. Raises UserError for what the config misspells.

    `inputs(batch, images, augment, side)` gives the tuple that the network is called with, of the images
    [B, ...] of `side`, 'real' or 'fake', in a batch: pairs, images with labels, the name of one of several
    networks. What goes through `augment` is changed at random, alike in each call. `penalized(outputs, rng)`
    are the logits [B, ...] whose gradient penalties hold small. `name` tells several discriminators apart.
    """
    self.config, self.network, self.inputs, self.penalized = config, network, inputs, penalized
    self.loss = adversarial_loss.make(config)
    self.penalties = penalties.Penalties(config.penalty)
    self.augmentation = augmentations.of(config)
    self.group = f'd_state_{name}' if name else 'd_state'

  def game(
    self,
    init: Callable,
    draw: Callable,
    generate: Callable,
    g_loss: Callable,
    presentation: Presentation = PLAIN,
    **more: Any,
  ) -> GAN:
    """The GAN in which D's part is the usual one; `more` are fields of it that differ."""
    d_loss = functools.partial(self.tell_apart, output=presentation.output)
    usual = {'discriminate': self.discriminate, 'd_loss': d_loss, 'presentation': presentation}
    return GAN(self.with_state(init), draw, generate, g_loss=g_loss, **{**usual, **more})

  def with_state(self, init: Callable) -> Callable:
    """A GAN's `init` that also makes the state of the augmentation and the penalties, where they have any."""
    states = self.penalties.init()
    if augmenting := self.augmentation.init():
      states['augmentation'] = augmenting
    return lambda rng, batch: {**init(rng, batch), **({self.group: states} if states else {})}

  def discriminate(self, variables: Variables, batch: Batch, images: Images, side: str = 'fake') -> dict:
    """What GAN.discriminate is in most games: the network's outputs when it does not train."""
    inputs = self.inputs(batch, images, lambda images: images, side)
    return models.run(self.network, variables['d'], *inputs, train=False)[0]

  def forward(
    self, variables: Variables, batch: Batch, images: Images, side: str, rng: PRNGKeyArray
  ) -> tuple[dict, Variables]:
    """(outputs, variables with what the pass did to them) of D as it trains, for images of a side."""
    state = variables.get(self.group, {}).get('augmentation', {})
    augment = lambda images: self.augmentation.apply(images, jax.random.fold_in(rng, 0), state)
    inputs = self.inputs(batch, images, augment, side)
    outputs, new = models.run(self.network, variables['d'], *inputs, train=True, rng=rng)
    return outputs, merge(variables, {'d': new})

  def tell_apart(
    self, variables: Variables, batch: Batch, fakes: Batch, rng: PRNGKeyArray, output: str = 'image'
  ) -> tuple:
    """What GAN.d_loss is in most games: batch[output] is real, fakes[output] is not."""
    verdict = self.d_loss(variables, batch, batch[output], fakes[output], rng)
    return verdict.loss, (verdict.new, verdict.metrics)

  def d_loss(
    self,
    variables: Variables,
    batch: Batch,
    real: Images,
    fake: Fakes,
    rng: PRNGKeyArray,
    also: Mapping[str, Images] = MappingProxyType({}),
  ) -> Verdict:
    """The Verdict for an update of D on real and fake images [B, ...].

    `also` are images of other sides, {side: [B, ...]}, that D has to reject as it does the fakes, each image
    counting as much as a fake one: real ones with what does not belong to them. They have the noise and the
    augmentation of the real ones, so that what both sides have in common can be computed once.
    """
    real_noise, fake_noise, real_rng, fake_rng, penalty_rng, penalized_rng = jax.random.split(rng, 6)
    real, fake = self._noisy(real, batch, real_noise), self._noisy(fake, batch, fake_noise)
    real_outputs, after, real_slope = self._judged(variables, batch, real, 'real', real_rng, penalized_rng)
    fake_outputs, after, fake_slope = self._judged(after, batch, fake, 'fake', fake_rng, penalized_rng)
    rejected = {'fake': fake_outputs['logits']}
    for side, images in also.items():
      seen = self._noisy(images, batch, real_noise)
      outputs, after, _ = self._judged(after, batch, seen, side, real_rng, penalized_rng)
      rejected[side] = outputs['logits']
    real_logits = real_outputs['logits']
    shown = [real_logits] * (len(rejected) if also else 1)  # as many, for losses of pairs
    logits = jnp.concatenate(shown), jnp.concatenate(list(rejected.values()))

    def again(images, side='real'):
      return self.forward(variables, batch, images, side, real_rng if side == 'real' else fake_rng)[0]

    context = penalties.Context(
      critic=lambda images, side='real': self._sloped(again(images, side), penalized_rng),
      real=real,
      fake=fake,
      real_outputs=real_outputs,
      fake_outputs=fake_outputs,
      rng=penalty_rng,
      step=batch['step'],
      gradient=lambda side: {'real': real_slope, 'fake': fake_slope}[side](),
      discriminate=again,
      params=variables['d']['params'],
      pack=self.config.discriminator.pack,
    )
    states, progress = variables.get(self.group, {}), penalties.progress(self.config, batch['step'])
    penalty, terms, new_states = self.penalties(context, states, progress, batch.get(penalties.PLAYED, {}))
    augmenting = self.augmentation.metrics(states.get('augmentation', {}))
    if 'augmentation' in states:
      update = self.augmentation.update(states['augmentation'], real_outputs, fake_outputs)
      new_states['augmentation'] = jax.lax.stop_gradient(update)
    value = self.loss.discriminator(*logits) + penalty
    means = {f'{side}_logit': some.mean() for side, some in {'real': real_logits, **rejected}.items()}
    right = self.loss.accuracy(real_logits, fake_outputs['logits'])
    metrics = {'loss': value, **means, **right, **self.loss.terms(*logits), **terms, **augmenting}
    new = {'d': {name: value for name, value in after['d'].items() if name != 'params'}}
    return Verdict(
      value, {**new, **({self.group: new_states} if new_states else {})}, metrics, real_outputs, fake_outputs
    )

  def g_loss(
    self, variables: Variables, batch: Batch, real: Images, fake: Fakes, rng: PRNGKeyArray
  ) -> Verdict:
    """The Verdict for an update of G. What is said of real images is not computed unless the loss uses it."""
    fake_noise, fake_rng, real_noise, real_rng = jax.random.split(rng, 4)
    noisy_fake, noisy_real = self._noisy(fake, batch, fake_noise), self._noisy(real, batch, real_noise)
    fake_outputs, _ = self.forward(variables, batch, noisy_fake, 'fake', fake_rng)
    real_outputs, _ = self.forward(variables, batch, noisy_real, 'real', real_rng)
    value = self.loss.generator(real_outputs['logits'], fake_outputs['logits'])
    return Verdict(value, {}, {'loss': value}, real_outputs, fake_outputs)

  def _judged(self, variables, batch, images, side, rng, penalized_rng):
    """(outputs, variables after the pass, () -> gradient [B, ...] of the penalized logits by the images).

    One forward pass serves the loss and the gradient, and so does one backward pass through it.
    """

    def penalized(images):
      outputs, after = self.forward(variables, batch, images, side, rng)
      return self._sloped(outputs, penalized_rng), (outputs, after)

    logits, pullback, (outputs, after) = jax.vjp(penalized, images, has_aux=True)
    return outputs, after, lambda: pullback(jnp.ones_like(logits))[0]

  def _sloped(self, outputs, rng):
    """The logits whose gradient penalties hold small.

    Their sum has those of a pack as often as it has images: so the mean of the squared norms is that of
    packs, whose gradient is by all of their images.
    """
    return self.penalized(outputs, rng) / math.sqrt(self.config.discriminator.pack)

  def _noisy(self, images, batch, rng):
    noise = self.config.instance_noise
    if absent(noise.sigma):
      return images
    sigma = regularizers.anneal(noise.sigma, noise.steps, batch['step'])
    return regularizers.instance_noise(images, rng, sigma)
