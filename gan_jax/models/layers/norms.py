"""Normalisation layers."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.models.layers.activations import at_least_float32

Either = Array | np.ndarray


class BatchNorm(nn.Module):
  """Batch normalisation over all axes but the last: Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167.

  With `groups`, as many equal parts of the batch have statistics of their own, as on devices that do not talk
  to each other; the running ones, used when not training, are the parts' means. All statistics are float32.
  """

  train: bool
  momentum: float = 0.9
  groups: int = 1
  epsilon: float = 1e-5
  affine: bool = True  # with a scale and a bias; else something after it has them
  running: bool = True  # keeps statistics; else the batch's own are used out of training, too

  @nn.compact
  def __call__(self, images: Float[Either, 'B ... C']) -> Float[Array, 'B ... C']:
    channels = images.shape[-1]
    scale, bias = scale_and_bias(self, channels)
    if self.running:
      mean = self.variable('batch_stats', 'mean', jnp.zeros, (channels,))
      var = self.variable('batch_stats', 'var', jnp.ones, (channels,))
    if self.running and not self.train:
      out = normalize(images, mean.value, var.value, scale, bias, self.epsilon)
      return out.astype(images.dtype)
    parts = images.reshape(self.groups, -1, *images.shape[1:])
    means, variances = moments(parts)
    if self.running and not self.is_initializing():
      for running, new in ((mean, means), (var, variances)):
        new = new.reshape(self.groups, channels).mean(0)
        running.value = self.momentum * running.value + (1 - self.momentum) * new
    out = normalize(parts, means, variances, scale, bias, self.epsilon)
    return out.reshape(images.shape).astype(images.dtype)


class InstanceNorm(nn.Module):
  """Normalisation of each channel of each image on its own: Ulyanov et al. 2017, eq. 2.

  https://arxiv.org/abs/1607.08022. The same in training and out of it. Statistics are float32.
  """

  epsilon: float = 1e-5
  affine: bool = True

  @nn.compact
  def __call__(self, images: Float[Either, 'B ... C']) -> Float[Array, 'B ... C']:
    scale, bias = scale_and_bias(self, images.shape[-1])
    parts = images[:, None]
    out = normalize(parts, *moments(parts), scale, bias, self.epsilon)
    return out[:, 0].astype(images.dtype)


def scale_and_bias(layer: nn.Module, channels: int) -> tuple[Float[Array, ' C'], Float[Array, ' C']]:
  """The params of a layer, 1 and 0 at first; without `affine` they stay so."""
  if not layer.affine:
    return jnp.ones(channels), jnp.zeros(channels)
  scale = layer.param('scale', nn.initializers.ones, (channels,))
  return scale, layer.param('bias', nn.initializers.zeros, (channels,))


class Modulation(nn.Module):
  """Maps times a scale plus a bias of each channel, both linear in a condition, at first 1 and 0.

  FiLM: Perez et al. 2018, eq. 2, https://arxiv.org/abs/1709.07871. After a normalisation without a scale and
  a bias of its own it is a conditional one: Dumoulin et al. 2017, eq. 5, https://arxiv.org/abs/1610.07629; de
  Vries et al. 2017, https://arxiv.org/abs/1707.00683.
  """

  @nn.compact
  def __call__(
    self, images: Float[Either, 'B ... C'], condition: Float[Either, 'B K']
  ) -> Float[Array, 'B ... C']:
    channels = images.shape[-1]
    both = nn.Dense(2 * channels, kernel_init=nn.initializers.zeros)(condition)
    both = both.reshape(len(both), *[1] * (images.ndim - 2), 2 * channels)
    scale, bias = jnp.split(both, 2, -1)
    return (images * (1 + scale) + bias).astype(images.dtype)


NORMS = ('none', 'batch', 'instance')


def norm(
  name: str, train: bool, groups: int = 1, momentum: float = 0.9, affine: bool = True
) -> nn.Module | Callable:
  """The normalisation `name`: a function of images [B, H, W, C]. Raises UserError for one not in NORMS."""
  if name not in NORMS:
    raise errors.unknown('norm', name, NORMS)
  makers = {
    'none': lambda: lambda images: images,
    'batch': lambda: BatchNorm(train, momentum, groups, affine=affine),
    'instance': lambda: InstanceNorm(affine=affine),
  }
  return makers[name]()


def moments(
  parts: Float[Either, 'groups *rest C'],
) -> tuple[Float[Either, 'groups *ones C'], Float[Either, 'groups *ones C']]:
  """Means and variances over all axes but the first and the last, in one pass."""
  wide = at_least_float32(parts)
  axes = tuple(range(1, parts.ndim - 1))
  means = wide.mean(axes, keepdims=True)
  return means, jnp.maximum((wide**2).mean(axes, keepdims=True) - means**2, 0)


def normalize(
  values: Float[Either, '*rest C'],
  means: Float[Either, '*ones C'],
  variances: Float[Either, '*ones C'],
  scale: Float[Array, ' C'],
  bias: Float[Array, ' C'],
  epsilon: float,
) -> Float[Array, '*rest C']:
  """(values - means) / sqrt(variances + epsilon) * scale + bias."""
  return (values - means) * (jax.lax.rsqrt(variances + epsilon) * scale) + bias
