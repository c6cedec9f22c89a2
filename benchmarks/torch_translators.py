"""U-Net, ResNet and the discriminator of patches of gan_jax.models in PyTorch, from the same config."""

import math

import torch
from torch import nn

from benchmarks.torch_networks import initialized

NORMS = {
  'batch': lambda features: nn.BatchNorm2d(features, momentum=0.1),
  'instance': lambda features: nn.InstanceNorm2d(features, affine=True),
  'none': lambda features: nn.Identity(),
}


def generator(config, shape, channels):
  """Images [B, channels, H, W] to [B, C, H, W]; `shape` is (H, W, C)."""
  make = {'unet': UNet, 'resnet': resnet}[config.generator.name]
  return initialized(make(config.generator, shape, channels), config.generator)


def discriminator(config, channels):
  """Images [B, channels, H, W] to a logit for each patch [B, 1, h, w]."""
  options, layers = config.discriminator, []
  widths = [min(options.width << i, options.widest) for i in range(len(options.strides))]
  for i, (features, stride) in enumerate(zip(widths, options.strides, strict=True)):
    norm = options.norm if i else 'none'
    layers += conv(channels, features, options.kernel, stride, norm == 'none')
    layers += [NORMS[norm](features), nn.LeakyReLU(options.slope, inplace=True)]
    channels = features
  layers += conv(channels, 1, options.kernel, 1, True)
  return initialized(nn.Sequential(*layers), options)


def conv(channels, features, kernel, stride, bias):
  """The layers of a convolution that keeps all places, or halves them."""
  spare = kernel - stride  # zeros on both sides together
  pads = (spare // 2, spare - spare // 2) * 2
  return [nn.ZeroPad2d(pads), nn.Conv2d(channels, features, kernel, stride, bias=bias)]


def resnet(options, shape, channels):
  """Convolutions, residual blocks, transposed convolutions."""
  bias, norm, width = options.norm == 'none', NORMS[options.norm], options.width
  relu = lambda: nn.ReLU(inplace=True)

  def conv(*channels, kernel=options.kernel, bias=bias):
    return nn.Conv2d(*channels, kernel, 1, kernel // 2, bias=bias, padding_mode=options.padding)

  layers = [conv(channels, width), norm(width), relu()]
  pad = (options.down_kernel - 1) // 2
  for stride in options.strides:
    down = nn.Conv2d(width, 2 * width, options.down_kernel, stride, pad, bias=bias)
    layers += [down, norm(2 * width), relu()]
    width *= 2
  inside = lambda: (conv(width, width, kernel=3), norm(width))
  layers += [Around(*inside(), relu(), *inside()) for _ in range(options.blocks)]
  for stride in reversed(options.strides):
    out = stride + 2 * pad - options.down_kernel
    up = nn.ConvTranspose2d(width, width // 2, options.down_kernel, stride, pad, out, bias=bias)
    layers += [up, norm(width // 2), relu()]
    width //= 2
  return nn.Sequential(*layers, conv(width, shape[-1], bias=True), nn.Tanh())


class Around(nn.Sequential):
  """Layers around which the input goes."""

  def forward(self, images):
    return images + super().forward(images)


class UNet(nn.Module):
  """An encoder and a decoder with links at each size, for sides that 2^depth divides."""

  def __init__(self, options, shape, channels):
    super().__init__()
    depth = min(options.depth, int(math.log2(max(shape[:2]))))
    widths = [min(options.width << level, options.widest) for level in range(depth)]
    self.down, self.up = nn.ModuleList(), nn.ModuleList()
    for level, features in enumerate(widths):
      layers = [nn.LeakyReLU(options.slope)] if level else []
      layers += [nn.Conv2d(channels, features, 4, 2, 1)]
      layers += [NORMS[options.norm](features)] if 0 < level < depth - 1 else []
      self.down.append(nn.Sequential(*layers))
      channels = features
    for level in reversed(range(depth)):
      features = widths[level - 1] if level else shape[-1]
      layers = [nn.ReLU(), nn.ConvTranspose2d(channels, features, 4, 2, 1)]
      layers += [NORMS[options.norm](features)] if level else [nn.Tanh()]
      dropped = level and depth - 1 - level < options.dropout_layers and options.dropout
      layers += [nn.Dropout(options.dropout)] if dropped else []
      self.up.append(nn.Sequential(*layers))
      channels = 2 * features

  def forward(self, images):
    skips = []
    for layer in self.down:
      images = layer(images)
      skips.append(images)
    skips.pop()
    for layer in self.up[:-1]:
      images = torch.cat([layer(images), skips.pop()], 1)
    return self.up[-1](images)
