"""What networks are made of: convolutions, normalisation, weights, activations, and what all share."""

from gan_jax.models.layers.activations import ACTIVATIONS, activation, at_least_float32, image_output
from gan_jax.models.layers.attention import SelfAttention
from gan_jax.models.layers.boxes import crop, paste, replicate, spots
from gan_jax.models.layers.convolutions import CONVOLVED, Conv, ConvTranspose, Images
from gan_jax.models.layers.equalized import Equalized
from gan_jax.models.layers.initializers import INITIALIZERS, initializer, scaled
from gan_jax.models.layers.minibatch import Packed, minibatch_deviation
from gan_jax.models.layers.modulated import ModulatedConv
from gan_jax.models.layers.network import Condition, Network, given
from gan_jax.models.layers.noise import Noise
from gan_jax.models.layers.norms import NORMS, BatchNorm, InstanceNorm, Modulation, norm
from gan_jax.models.layers.resampling import (
  adaptive_pool,
  filter_down,
  filter_up,
  filtered,
  mean_pool,
  nearest,
)
from gan_jax.models.layers.spectral import SpectralNorm
from gan_jax.models.layers.wrapping import innermost, takes

__all__ = [
  'ACTIVATIONS', 'CONVOLVED', 'INITIALIZERS', 'NORMS', 'BatchNorm', 'Condition', 'Conv', 'ConvTranspose',
  'Equalized', 'Images', 'InstanceNorm', 'ModulatedConv', 'Modulation', 'Network', 'Noise', 'Packed',
  'SelfAttention', 'SpectralNorm', 'activation', 'adaptive_pool', 'at_least_float32', 'crop', 'filter_down',
  'filter_up', 'filtered', 'given', 'image_output', 'initializer', 'innermost', 'mean_pool',
  'minibatch_deviation', 'nearest', 'norm', 'paste', 'replicate', 'scaled', 'spots', 'takes',
]  # fmt: skip
