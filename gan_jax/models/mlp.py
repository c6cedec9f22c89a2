"""Fully connected networks: for flat data, small images and the densities of the laboratory."""

import math

import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from gan_jax.models import layers
from gan_jax.models.layers.norms import BatchNorm


class Generator(nn.Module):
  """Latents [B, latent_dim] to examples [B, *image_shape], through hidden layers of the given widths."""

  image_shape: tuple
  widths: tuple = (128, 256)
  activation: str = 'relu'  # a name in layers.ACTIVATIONS
  slope: float = 0.2  # of leaky ReLU
  output: str = 'tanh'  # likewise; 'identity' for unbounded data
  batch_norm: bool = False  # before each activation
  initializer: str = 'glorot_uniform'
  init_scale: float = 0.02
  norm_groups: int = 1
  dtype: str | None = None  # to compute in

  @nn.compact
  def __call__(self, latents, train=False):
    init = layers.initializer(self.initializer, self.init_scale)
    hidden = latents
    for width in self.widths:
      hidden = nn.Dense(width, kernel_init=init, dtype=self.dtype)(hidden)
      hidden = BatchNorm(train, groups=self.norm_groups)(hidden) if self.batch_norm else hidden
      hidden = layers.function(self.activation, self.slope)(hidden)
    flat = nn.Dense(math.prod(self.image_shape), kernel_init=init, dtype=self.dtype)(hidden)
    return layers.function(self.output)(layers.wide(flat)).reshape(-1, *self.image_shape)


class Discriminator(nn.Module):
  """Examples [B, ...] to {'logits': [B], 'features': [B, K]}, the features being the layer before."""

  widths: tuple = (128, 64)
  activation: str = 'relu'
  slope: float = 0.2
  frequencies: int = 0  # of Fourier features of the input, which let D tell nearby points apart; 0 for none
  bandwidth: float = 1.0  # standard deviation of the frequencies, in cycles a unit
  features: int = 0  # of a last linear layer before the logit, without activation; 0 for none
  batch_norm: bool = False
  initializer: str = 'glorot_uniform'
  init_scale: float = 0.02
  norm_groups: int = 1
  dtype: str | None = None  # to compute in

  @nn.compact
  def __call__(self, images, train=False):
    init = layers.initializer(self.initializer, self.init_scale)
    features = images.reshape(len(images), -1)
    if self.frequencies:
      features = fourier(features, self.frequencies, self.bandwidth)
    for width in self.widths:
      features = nn.Dense(width, kernel_init=init, dtype=self.dtype)(features)
      features = BatchNorm(train, groups=self.norm_groups)(features) if self.batch_norm else features
      features = layers.function(self.activation, self.slope)(features)
    if self.features:
      features = nn.Dense(self.features, kernel_init=init, dtype=self.dtype)(features)
    features = layers.wide(features)
    return {'logits': nn.Dense(1, kernel_init=init)(features)[:, 0], 'features': features}


def fourier(points, count, bandwidth):
  """Points [B, dim] with the sine and cosine of `count` random projections [B, dim + 2 * count].

  A network learns functions that vary fast from these, slowly or not at all from the points alone: Tancik et
  al. 2020, eq. 5, https://arxiv.org/abs/2006.10739. The frequencies are normal, and the same in all networks.
  """
  frequencies = bandwidth * np.random.default_rng(0).normal(size=(points.shape[1], count))
  angles = 2 * math.pi * points @ frequencies.astype(np.float32)
  return jnp.concatenate([points, jnp.sin(angles), jnp.cos(angles)], -1)
