"""The networks of gan_jax.models.dcgan in PyTorch, from the same config, for sides that the strides divide.

They are ours seen in a mirror: where the zeros to be padded are odd in number, 'SAME' puts one more after a
side, and PyTorch before it. With kernels and maps reversed the images are the same numbers, reversed
(tests/test_benchmarks.py). Padding by kernel // 2 is right for odd kernels only.
"""

import math

import jax
from torch import nn

from gan_jax import experiment


def generator(config):
  """Latents [B, latents.dim] to images [B, C, H, W] in [-1, 1]."""
  options, width = config.generator, config.generator.width
  height, side = (length // math.prod(options.strides) for length in config.data.size)
  layers = [
    nn.Linear(config.latents.dim, width * height * side, bias=options.use_bias),
    nn.Unflatten(1, (width, height, side)),
  ]
  for i, (stride, norm) in enumerate(zip(options.strides[::-1], options.norm, strict=True)):
    features = config.data.channels if i == len(options.strides) - 1 else width // 2
    settings = dict(stride=stride, padding=options.kernel // 2, output_padding=stride - 1)
    layers += [batch_norm(width, options)] if norm else []
    layers += [nn.ReLU()]
    layers += [nn.ConvTranspose2d(width, features, options.kernel, **settings, bias=options.use_bias)]
    width = features
  return initialized(nn.Sequential(*layers, nn.Tanh()))


def discriminator(config):
  """Images [B, C, H, W] to logits [B]."""
  options, channels = config.discriminator, config.data.channels
  layers = []
  for i, (stride, norm) in enumerate(zip(options.strides, options.norm, strict=True)):
    features = options.width << i
    settings = dict(stride=stride, padding=options.kernel // 2)
    layers += [nn.Conv2d(channels, features, options.kernel, **settings, bias=options.use_bias)]
    layers += [batch_norm(features, options)] if norm else []
    layers += [nn.LeakyReLU(options.slope)]
    channels = features
  pixels = math.prod(length // math.prod(options.strides) for length in config.data.size)
  layers += [nn.Flatten(), nn.Linear(channels * pixels, 1, bias=options.use_bias), nn.Flatten(0)]
  return initialized(nn.Sequential(*layers))


def batch_norm(features, options):
  """Batch normalisation like ours: momentum is the weight of the new statistics here, of the old in flax."""
  return nn.BatchNorm2d(features, momentum=1 - options.norm_momentum, eps=1e-5)


def initialized(network):
  """The network with Glorot and Bengio's uniform weights and biases of 0."""
  for layer in network:
    if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
      nn.init.xavier_uniform_(layer.weight)
      if layer.bias is not None:
        nn.init.zeros_(layer.bias)
  return network


def parameters(config, spec):
  """{'g', 'd': how many numbers are trained}. Raises ValueError unless they are as many on both sides."""
  variables = jax.eval_shape(experiment.make(config, spec).init, 0).variables
  ours = {side: sum(leaf.size for leaf in jax.tree.leaves(variables[side]['params'])) for side in 'gd'}
  networks = {'g': generator(config), 'd': discriminator(config)}
  theirs = {side: sum(param.numel() for param in networks[side].parameters()) for side in 'gd'}
  if ours != theirs:
    raise ValueError(f'not the same networks: {ours} parameters here, {theirs} in PyTorch')
  return ours
