"""The networks of gan_jax.models.gawwn for boxes in PyTorch, for strides of 2 that divide the sides.

A caption's vector is [B, reading_dim]; boxes are those of torch_boxes.
"""

import math

import torch
from torch import nn

from benchmarks.torch_boxes import into, out_of, replicate, warp
from benchmarks.torch_networks import initialized, normalization, pad


class Generator(nn.Module):
  """(vectors of captions, latents [B, latents.dim], boxes) to images [B, C, H, W]."""

  def __init__(self, config, shape):
    super().__init__()
    options, latents = config.generator, config.latents.dim
    words, middle = options.words, options.width << (len(options.strides) - 1)
    self.size = divided(shape[:2], options.strides)
    small = divided(self.size, options.inner_strides)
    self.reduced = nn.Sequential(nn.Linear(config.gan.reading_dim, words), nn.LeakyReLU(0.2))
    seen = [hidden(down(words, words, stride), words, options) for stride in options.inner_strides]
    self.seen = nn.Sequential(*seen, nn.Flatten())
    self.whole, width = grown(latents + words * math.prod(small), small, options)
    self.local, _ = grown(latents + words, small, options)
    self.joined = hidden(nn.Conv2d(2 * width, middle, 3, 1, 1), middle, options)
    layers = []
    for k, stride in enumerate(options.strides[:0:-1]):
      layers += [hidden(up(middle >> k, middle >> (k + 1), stride), middle >> (k + 1), options)]
    layers += [up(middle >> len(layers), shape[-1], options.strides[0]), nn.Tanh()]
    self.image = nn.Sequential(*layers)
    initialized(self, options)

  def forward(self, vectors, latents, boxes):
    words = self.reduced(vectors)
    place = into(boxes, self.size)
    seen = self.seen(warp(replicate(words, self.size), *place))
    whole = self.whole(torch.cat([latents, seen], 1))
    local = warp(self.local(torch.cat([latents, words], 1)), *place)
    return self.image(self.joined(torch.cat([whole, local], 1)))


class Discriminator(nn.Module):
  """`look` at images [B, C, H, W]; (vectors of captions, what was seen, boxes) to logits [B]."""

  def __init__(self, config, shape):
    super().__init__()
    options, words = config.discriminator, config.discriminator.words
    width = options.width << (len(options.strides) - 1)
    self.size = divided(shape[:2], options.strides)
    self.small = divided(self.size, options.inner_strides)
    self.reduced = nn.Sequential(nn.Linear(config.gan.reading_dim, words), nn.LeakyReLU(0.2))
    layers = [down(shape[-1], options.width, options.strides[0]), nn.LeakyReLU(0.2)]
    for k, stride in enumerate(options.strides[1:]):
      layers += [
        hidden(down(options.width << k, options.width << (k + 1), stride), options.width << (k + 1), options)
      ]
    self.image = nn.Sequential(*layers)
    self.near = hidden(nn.Conv2d(width + words, width, 3, 1, 1), width, options)
    self.within = nn.Sequential(
      hidden(down(width, width, 2), width, options), hidden(nn.Conv2d(width, width, 3, 1, 1), width, options)
    )
    layers = [
      hidden(down(width << k, width << (k + 1), stride), width << (k + 1), options)
      for k, stride in enumerate(options.inner_strides)
    ]
    self.whole = nn.Sequential(*layers)
    deep, last = width << len(layers), options.width << 1
    self.met = hidden(nn.Conv2d(deep + words, last, 1), last, options)
    self.features = nn.Sequential(nn.Linear(width + last * math.prod(self.small), last), nn.LeakyReLU(0.2))
    self.logit = nn.Linear(last, 1)
    initialized(self, options)

  def look(self, images):
    """Maps of two sizes, which no caption and no box has changed."""
    maps = self.image(images)
    return maps, self.whole(maps)

  def forward(self, vectors, seen, boxes):
    words, (maps, whole) = self.reduced(vectors), seen
    region = self.near(torch.cat([maps, replicate(words, self.size)], 1))
    region = self.within(warp(region, *out_of(boxes, self.size))).mean((2, 3))
    told = warp(replicate(words, self.small), *into(boxes, self.small))
    whole = self.met(torch.cat([whole, told], 1)).flatten(1)
    return self.logit(self.features(torch.cat([region, whole], 1)))[:, 0]


def hidden(layer, features, options):
  """A layer, its normalisation and leaky ReLU."""
  norm = normalization(features, options.norm == 'batch', options)
  return nn.Sequential(layer, *norm, nn.LeakyReLU(0.2))


def grown(inputs, size, options):
  """(layers from vectors [B, inputs] by maps of this size to larger ones, the channels of these)."""
  width = options.width << len(options.strides)
  first = nn.Sequential(nn.Linear(inputs, width * math.prod(size)), nn.Unflatten(1, (width, *size)))
  layers = [hidden(first, width, options)]
  for stride in options.inner_strides[::-1]:
    features = max(width // 2, options.width)
    layers += [hidden(up(width, features, stride), features, options)]
    width = features
  return nn.Sequential(*layers), width


def down(channels, features, stride):
  return nn.Conv2d(channels, features, 4, stride, pad(4, stride))


def up(channels, features, stride):
  return nn.ConvTranspose2d(channels, features, 4, stride, pad(4, stride))


def divided(size, strides):
  """(H, W) after all of the strides."""
  return tuple(side // math.prod(strides) for side in size)
