"""pix2pix and CycleGAN in PyTorch eager, as their users write them: the same games as in gan_jax.gans."""

import itertools
import random

import torch
from torch.nn.functional import softplus

from benchmarks import torch_translators
from benchmarks.torch_game import DEVICE, LAYOUTS


def make(config, dataset, layout='NCHW', fused=False):
  """{'g', 'd': [networks], 'g_adam', 'd_adam', 'step': (parts, config, source, real) -> losses}."""
  shape, channels = dataset.image_shape, dataset.image_shape[-1]
  if config.gan.name == 'pix2pix':
    parts = {
      'g': [torch_translators.generator(config, shape, channels)],
      'd': [torch_translators.discriminator(config, 2 * channels)],
      'step': pix2pix,
    }
  else:
    parts = {
      'g': [torch_translators.generator(config, shape, channels) for _ in 'ab'],
      'd': [torch_translators.discriminator(config, channels) for _ in 'ab'],
      'step': cyclegan,
      'pools': ([], []),
    }
  for side, options in (('g', config.g_optimizer), ('d', config.d_optimizer)):
    for network in parts[side]:
      network.to(DEVICE, memory_format=LAYOUTS[layout])
    params = itertools.chain(*(network.parameters() for network in parts[side]))
    betas = options.b1, options.b2
    parts[f'{side}_adam'] = torch.optim.Adam(params, options.learning_rate, betas, fused=fused or None)
  return parts


def pix2pix(parts, config, source, real):
  """One update of D and of G: non-saturating, and the distance of pixels."""
  (g,), (d,) = parts['g'], parts['d']
  beside = lambda images: torch.cat([source, images], 1)
  fake = g(source)
  d_loss = softplus(-d(beside(real))).mean() + softplus(d(beside(fake.detach()))).mean()
  update(parts, 'd', d_loss)
  d.requires_grad_(False)
  g_loss = softplus(-d(beside(fake))).mean() + config.gan.l1 * (real - fake).abs().mean()
  update(parts, 'g', g_loss)
  d.requires_grad_(True)
  return {'d/loss': d_loss.detach(), 'g/loss': g_loss.detach()}


def cyclegan(parts, config, source, real):
  """One update of both discriminators and of both generators: least squares, cycles, identities, pools."""
  (there, back), weights = parts['g'], config.gan
  domains = {'a': source, 'b': real}
  fakes = {'b': there(source), 'a': back(real)}
  d_loss = 0.0
  for (name, images), d, pool in zip(domains.items(), parts['d'], parts['pools'], strict=True):
    seen = exchange(pool, fakes[name].detach(), weights.pool)
    d_loss = d_loss + 0.5 * ((d(images) - 1) ** 2).mean() + 0.5 * (d(seen) ** 2).mean()
  update(parts, 'd', d_loss)
  for d in parts['d']:
    d.requires_grad_(False)
  fooled = sum(0.5 * ((d(fakes[name]) - 1) ** 2).mean() for name, d in zip(domains, parts['d'], strict=True))
  apart = lambda images, others: (images - others).abs().mean()
  cycle = apart(back(fakes['b']), source) + apart(there(fakes['a']), real)
  same = apart(there(real), real) + apart(back(source), source)
  g_loss = fooled + weights.cycle * (cycle + weights.identity * same)
  update(parts, 'g', g_loss)
  for d in parts['d']:
    d.requires_grad_(True)
  return {'d/loss': d_loss.detach(), 'g/loss': g_loss.detach()}


def update(parts, side, loss):
  """One step of Adam."""
  parts[f'{side}_adam'].zero_grad()
  loss.backward()
  parts[f'{side}_adam'].step()


def exchange(pool, images, count):
  """The images that D sees: new ones, or past ones of the pool in their place."""
  seen = []
  for image in images:
    if len(pool) < count:
      pool.append(image)
    elif random.random() < 0.5:
      place = random.randrange(count)
      pool[place], image = image, pool[place]
    seen.append(image)
  return torch.stack(seen)
