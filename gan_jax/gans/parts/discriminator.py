"""A discriminator's part in a game: the losses, penalties and instance noise that all GANs share."""

from typing import NamedTuple

import jax

from gan_jax import gans, models, regularizers
from gan_jax.training.step import GAN, merge


class Verdict(NamedTuple):
  """What a discriminator says of a batch while it trains."""

  loss: jax.Array  # []
  new: dict  # its new collections, as a loss of a GAN gives them: {'d': ...}
  metrics: dict  # {name: []}
  real: dict  # its outputs: {'logits': ..., ...}
  fake: dict


class Adversary:
  """A network in a game against a generator, by the loss, penalty and noise of the config.

  `see` makes of images, [B, ...] and the only thing that penalties differentiate by, the tuple that the
  network is given: the images alone, unless it says otherwise (pairs, or which network of several).
  """

  def __init__(
    self,
    config,
    network,
    see=lambda batch: lambda images: (images,),
    penalized=lambda outputs, rng: outputs['logits'],
  ):
    """`network` is a linen module: inputs -> {'logits': ..., ...}. Raises UserError for an unknown loss.

    `see(batch)` is what discriminate and tell_apart make the network's inputs with; `penalized` gives of the
    network's outputs the logits [B, ...] whose gradient the penalties hold small.
    """
    self.config, self.network, self.loss = config, network, gans.loss(config)
    self.see, self.penalized = see, penalized

  def game(self, init, draw, generate, g_loss, **more):
    """The GAN in which D's part is the usual one; `more` are its other fields."""
    return GAN(init, draw, generate, self.discriminate, self.tell_apart, g_loss, **more)

  def discriminate(self, variables, batch, images):
    """What GAN.discriminate is in most games."""
    return self.outputs(variables, *self.see(batch)(images))

  def tell_apart(self, variables, batch, fakes, rng):
    """What GAN.d_loss is in most games: batch['image'] is real, fakes['image'] is not."""
    verdict = self.d_loss(variables, batch, batch['image'], fakes['image'], rng, self.see(batch))
    return verdict.loss, (verdict.new, verdict.metrics)

  def outputs(self, variables, *inputs):
    """The network's outputs when it does not train."""
    return models.run(self.network, variables['d'], *inputs, train=False)[0]

  def d_loss(self, variables, batch, real, fake, rng, see=lambda images: (images,)):
    """The Verdict for an update of D on real and fake images [B, ...]."""
    rngs = jax.random.split(rng, 6)
    real, fake = self._noisy(real, batch, rngs[0]), self._noisy(fake, batch, rngs[1])
    real_outputs, after = self._train(variables, see(real), rngs[2])
    fake_outputs, after = self._train(after, see(fake), rngs[3])
    logits = real_outputs['logits'], fake_outputs['logits']
    critic = lambda images: self.penalized(self._train(variables, see(images), rngs[2])[0], rngs[5])
    progress = batch['step'] / self.config.train.num_steps
    penalty, terms = regularizers.total(
      self.config.penalty, critic, real, fake, rngs[4], batch['step'], progress
    )
    means = {'real_logit': logits[0].mean(), 'fake_logit': logits[1].mean()}
    value = self.loss.discriminator(*logits) + penalty
    metrics = {'loss': value, **means, **self.loss.terms(*logits), **terms}
    new = {'d': {name: value for name, value in after['d'].items() if name != 'params'}}
    return Verdict(value, new, metrics, real_outputs, fake_outputs)

  def g_loss(self, variables, batch, real, fake, rng, see=lambda images: (images,)):
    """The Verdict for an update of G. What is said of real images is not computed unless the loss uses it."""
    rngs = jax.random.split(rng, 4)
    fake_outputs, _ = self._train(variables, see(self._noisy(fake, batch, rngs[0])), rngs[1])
    real_outputs, _ = self._train(variables, see(self._noisy(real, batch, rngs[2])), rngs[3])
    value = self.loss.generator(real_outputs['logits'], fake_outputs['logits'])
    return Verdict(value, {}, {'loss': value}, real_outputs, fake_outputs)

  def _train(self, variables, inputs, rng):
    """(outputs while training, variables with what the inputs did to them)."""
    outputs, new = models.run(self.network, variables['d'], *inputs, train=True, rng=rng)
    return outputs, merge(variables, {'d': new})

  def _noisy(self, images, batch, rng):
    noise = self.config.instance_noise
    if regularizers.absent(noise.sigma):
      return images
    return regularizers.instance_noise(
      images, rng, regularizers.anneal(noise.sigma, noise.steps, batch['step'])
    )
