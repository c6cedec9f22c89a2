"""Fully connected networks: for flat data, small images and the densities of the laboratory."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.configs.fields import names, option
from gan_jax.models import layers


class Generator(layers.Network):
  """Latents to examples of `image_shape`, through hidden layers of the given widths."""

  image_shape: tuple[int, ...] = layers.given(())
  widths: tuple[int, ...] = option((128, 256), '>= 1', 'of the hidden layers')
  activation: str = option('relu', names(layers.ACTIVATIONS), 'after each hidden layer')
  slope: float = option(0.2, '', 'of leaky ReLU below 0')
  output: str = option('tanh', names(layers.ACTIVATIONS), 'after the last layer; identity for unbounded data')
  batch_norm: bool = option(False, '', 'before each activation')
  initializer: str = option('glorot_uniform', names(layers.INITIALIZERS), 'of the first weights')

  @nn.compact
  def __call__(
    self,
    latents: Float[Array | np.ndarray, 'B latent_dim'],
    condition: layers.Condition = None,
    train: bool = False,
  ) -> Float[Array, 'B ...']:
    hidden, norm = latents, 'batch' if self.batch_norm else 'none'
    for width in self.widths:
      hidden = nn.Dense(width, **self.weights)(hidden)
      hidden = self.normalize(norm, train, condition=condition)(hidden)
      hidden = layers.activation(self.activation, self.slope)(hidden)
    flat = nn.Dense(math.prod(self.image_shape), **self.weights)(hidden)
    return layers.activation(self.output)(layers.at_least_float32(flat)).reshape(-1, *self.image_shape)


class Discriminator(layers.Network):
  """Examples to {'logits': [B], 'features': [B, K]}, the features being the layer before."""

  widths: tuple[int, ...] = option((128, 64), '>= 1', 'of the hidden layers')
  activation: str = option('relu', names(layers.ACTIVATIONS), 'after each hidden layer')
  slope: float = option(0.2, '', 'of leaky ReLU below 0')
  frequencies: int = option(0, '>= 0', 'Fourier features, which let D tell nearby points apart; 0: none')
  bandwidth: float = option(1.0, '> 0', 'standard deviation of the frequencies, in cycles a unit')
  features: int = option(0, '>= 0', 'of a last linear layer before the logit, without activation; 0: none')
  batch_norm: bool = option(False, '', 'before each activation')
  initializer: str = option('glorot_uniform', names(layers.INITIALIZERS), 'of the first weights')

  @nn.compact
  def __call__(self, images: Float[Array | np.ndarray, 'B ...'], train: bool = False) -> dict[str, Array]:
    features = images.reshape(len(images), -1)
    if self.frequencies:
      features = fourier(features, self.frequencies, self.bandwidth)
    for width in self.widths:
      features = nn.Dense(width, **self.weights)(features)
      features = self.normalize('batch', train)(features) if self.batch_norm else features
      features = layers.activation(self.activation, self.slope)(features)
    if self.features:
      features = nn.Dense(self.features, **self.weights)(features)
    features = layers.at_least_float32(features)
    return {'logits': nn.Dense(1, kernel_init=self.kernel_init)(features)[:, 0], 'features': features}


class Joined(nn.Module):
  """A network that is given all inputs [B, ...] as one vector [B, K], side by side."""

  inside: nn.Module

  def __call__(self, *inputs: Float[Array | np.ndarray, 'B ...'], train: bool = False) -> Any:
    return self.inside(jnp.concatenate([some.reshape(len(some), -1) for some in inputs], -1), train=train)


def fourier(points: Float[Array | np.ndarray, 'B dim'], count: int, bandwidth: float) -> Float[Array, 'B K']:
  """Points with the sine and cosine of `count` random projections.

  A network learns functions that vary fast from these, slowly or not at all from the points alone: Tancik et
  al. 2020, eq. 5, https://arxiv.org/abs/2006.10739. The frequencies are normal, and the same in all networks.
  """
  frequencies = bandwidth * np.random.default_rng(0).normal(size=(points.shape[1], count))
  angles = 2 * math.pi * points @ frequencies.astype(np.float32)
  return jnp.concatenate([points, jnp.sin(angles), jnp.cos(angles)], -1)
