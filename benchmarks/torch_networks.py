"""The networks of gan_jax.models in PyTorch, from the same config, for sides that the strides divide.

They are ours seen in a mirror: where the zeros to be padded are odd in number, 'SAME' puts one more after a
side, and PyTorch before it. With kernels and maps reversed the images are the same numbers, reversed
(tests/benchmarks/test_benchmarks_torch.py).
"""

import itertools
import math

import jax
from torch import nn

from gan_jax.training import experiment

ACTIVATIONS = {
  'relu': nn.ReLU,
  'tanh': nn.Tanh,
  'identity': nn.Identity,
}


def generator(config, shape):
  """Latents [B, latents.dim] to images [B, C, H, W] or vectors [B, D]; `shape` is (H, W, C) or (D,)."""
  make = {'dcgan': dcgan_generator, 'mlp': mlp_generator}[config.generator.name]
  return initialized(make(config, shape), config.generator)


def discriminator(config, shape):
  """Images [B, C, H, W], or vectors [B, D], to logits [B]."""
  make = {'dcgan': dcgan_discriminator, 'mlp': mlp_discriminator}[config.discriminator.name]
  return initialized(make(config, shape), config.discriminator)


def batch_norm(features, options, affine=True):
  """Batch normalisation like ours: momentum is the weight of the new statistics here, of the old in flax."""
  return nn.BatchNorm2d(features, momentum=1 - options.norm_momentum, eps=1e-5, affine=affine)


def normalization(features, norm, options):
  """The layers before an activation: batch norm where `norm`, else none."""
  return [batch_norm(features, options)] if norm else []


def dcgan_generator(config, shape, inputs=0, between=normalization):
  """`inputs` numbers (0: latents.dim) to images, `between` giving the layers before each ReLU."""
  options, width = config.generator, config.generator.width
  height, side = (length // math.prod(options.strides) for length in shape[:2])
  layers = [
    nn.Linear(inputs or config.latents.dim, width * height * side, bias=options.use_bias),
    nn.Unflatten(1, (width, height, side)),
  ]
  for i, (stride, norm) in enumerate(zip(options.strides[::-1], options.norm, strict=True)):
    features = shape[-1] if i == len(options.strides) - 1 else width // 2
    padding = pad(options.kernel, stride)
    settings = dict(stride=stride, padding=padding, output_padding=2 * padding + stride - options.kernel)
    layers += [*between(width, norm, options), nn.ReLU()]
    layers += [nn.ConvTranspose2d(width, features, options.kernel, **settings, bias=options.use_bias)]
    width = features
  return nn.Sequential(*layers, nn.Tanh())


def dcgan_discriminator(config, shape):
  layers, size = dcgan_features(config, shape, shape[-1])
  return nn.Sequential(*layers, nn.Linear(size, 1, bias=config.discriminator.use_bias), nn.Flatten(0))


def dcgan_features(config, shape, channels):
  """(layers from images [B, channels, H, W] to features [B, K], K)."""
  options, layers = config.discriminator, []
  for i, (stride, norm) in enumerate(zip(options.strides, options.norm, strict=True)):
    features = options.width << i
    settings = dict(stride=stride, padding=pad(options.kernel, stride))
    layers += [nn.Conv2d(channels, features, options.kernel, **settings, bias=options.use_bias)]
    layers += [*normalization(features, norm, options), nn.LeakyReLU(options.slope)]
    channels = features
  if options.pooling == 'average':
    return [*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()], channels
  pixels = math.prod(length // math.prod(options.strides) for length in shape[:2])
  return [*layers, nn.Flatten()], channels * pixels


def mlp_generator(config, shape):
  options = config.generator
  channels_first = (shape[-1], *shape[:-1])
  layers = dense((config.latents.dim, *options.widths), options)
  layers += [nn.Linear(options.widths[-1], math.prod(shape)), ACTIVATIONS[options.output]()]
  return nn.Sequential(*layers, nn.Unflatten(1, channels_first))


def mlp_discriminator(config, shape):
  layers, size = mlp_features(config, shape, shape[-1])
  return nn.Sequential(*layers, nn.Linear(size, 1), nn.Flatten(0))


def mlp_features(config, shape, channels):
  """(layers from examples [B, channels, ...] to features [B, K], K)."""
  options = config.discriminator
  layers, last = dense((math.prod(shape[:-1]) * channels, *options.widths), options), options.widths[-1]
  if options.features:
    return [nn.Flatten(), *layers, nn.Linear(last, options.features)], options.features
  return [nn.Flatten(), *layers], last


def dense(widths, options):
  """Fully connected layers between these widths, each with the activation of the options."""
  layers = []
  for before, after in itertools.pairwise(widths):
    leaky = options.activation == 'leaky_relu'
    layers += [
      nn.Linear(before, after),
      nn.LeakyReLU(options.slope) if leaky else ACTIVATIONS[options.activation](),
    ]
  return layers


def pad(kernel, stride):
  """Zeros before a side that the stride divides: the larger half, where 'SAME' has the smaller one."""
  return (kernel - stride + 1) // 2


def initialized(network, options):
  """The network with the config's law of weights, 'glorot_uniform' or 'normal', and biases of 0."""
  for layer in network.modules():
    if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
      if options.initializer == 'normal':
        nn.init.normal_(layer.weight, std=options.init_scale)
      else:
        nn.init.xavier_uniform_(layer.weight)
      if layer.bias is not None:
        nn.init.zeros_(layer.bias)
  return network


def parameters(config, spec):
  """{'g', 'd': how many numbers are trained}. Raises ValueError unless they are as many on both sides."""
  variables = jax.eval_shape(experiment.make(config, spec).init, 0).variables
  ours = {side: sum(leaf.size for leaf in jax.tree.leaves(variables[side]['params'])) for side in 'gd'}
  shape = spec.shape('image')
  networks = {'g': generator(config, shape), 'd': discriminator(config, shape)}
  theirs = {side: sum(param.numel() for param in networks[side].parameters()) for side in 'gd'}
  if ours != theirs:
    raise ValueError(f'not the same networks: {ours} parameters here, {theirs} in PyTorch')
  return ours
