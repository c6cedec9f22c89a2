"""The networks of gan_jax.gans.conditional in PyTorch, and the ways in which G and D take a class.

A class is one-hot, [B, K].
"""

import torch
from torch import nn

from benchmarks import torch_networks

FEATURES = {'dcgan': torch_networks.dcgan_features, 'mlp': torch_networks.mlp_features}  # of D


class Modulated(nn.Module):
  """A normalisation whose scale and bias are linear in the class, 1 and 0 at first."""

  def __init__(self, inside, features, classes):
    super().__init__()
    self.inside, self.both = inside, nn.Linear(classes, 2 * features)

  def forward(self, maps, classes):
    scale, bias = self.both(classes)[..., None, None].chunk(2, 1)
    return torch.addcmul(bias, self.inside(maps), 1 + scale)


class Generator(nn.Sequential):
  """(latents [B, latents.dim], classes) to images [B, C, H, W]."""

  def forward(self, latents, classes):
    values = latents
    for layer in self:
      values = layer(values, classes) if isinstance(layer, Modulated) else layer(values)
    return values


class Beside(nn.Sequential):
  """The same, with the classes beside the latents."""

  def forward(self, latents, classes):
    return super().forward(torch.cat([latents, classes], 1))


def generator(config, shape, classes):
  """The network that config.condition.generator names; `shape` is that of an image, (H, W, C)."""
  way = config.condition.generator

  def between(features, norm, options):
    inside = torch_networks.batch_norm(features, options, affine=False) if norm else nn.Identity()
    return [Modulated(inside, features, classes)] if norm or way == 'modulation' else []

  if way == 'concat':
    network = Beside(*torch_networks.dcgan_generator(config, shape, config.latents.dim + classes))
  else:
    network = Generator(*torch_networks.dcgan_generator(config, shape, between=between))
  torch_networks.initialized(network, config.generator)
  for layer in network:
    if isinstance(layer, Modulated):
      nn.init.zeros_(layer.both.weight)
  return network


class Discriminator(nn.Module):
  """(images [B, C, H, W], classes) to (logits [B], what it reads of the classes [B, K] or None)."""

  beside, embeds, reads = False, False, False

  def __init__(self, config, shape, classes):
    super().__init__()
    layers, size = FEATURES[config.discriminator.name](config, shape, shape[-1] + classes * self.beside)
    self.features = nn.Sequential(*layers)
    self.logit = nn.Linear(size, 1, bias=config.discriminator.get('use_bias', True))
    self.embed = nn.Linear(classes, size, bias=False) if self.embeds else None
    self.read = nn.Linear(size, classes) if self.reads else None


class Concat(Discriminator):
  """The classes as planes beside the channels."""

  beside = True

  def forward(self, images, classes):
    planes = classes[..., None, None].expand(-1, -1, *images.shape[2:])
    return self.logit(self.features(torch.cat([images, planes], 1)))[:, 0], None


class Projection(Discriminator):
  """The inner product of the embedded class with the features is added to the logits."""

  embeds = True

  def forward(self, images, classes):
    features = self.features(images)
    return self.logit(features)[:, 0] + (self.embed(classes) * features).sum(1), None


class Auxiliary(Discriminator):
  """The class is read from the features."""

  reads = True

  def forward(self, images, classes):
    features = self.features(images)
    return self.logit(features)[:, 0], self.read(features)


class Softmax(Discriminator):
  """One logit for each class, and log sum exp of them for the image; `logit` is not used, as in ours."""

  reads = True

  def forward(self, images, classes):
    read = self.read(self.features(images))
    return read.logsumexp(1), read


WAYS = {'concat': Concat, 'projection': Projection, 'auxiliary': Auxiliary, 'softmax': Softmax}


def discriminator(config, shape, classes):
  """The network that config.condition.name names."""
  network = WAYS[config.condition.name](config, shape, classes)
  return torch_networks.initialized(network, config.discriminator)
