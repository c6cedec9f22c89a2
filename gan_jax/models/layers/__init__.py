"""What networks are made of: convolutions, normalisation, weights, activations, and what all share."""

from gan_jax.models.layers.activations import ACTIVATIONS, activation, at_least_float32, image_output
from gan_jax.models.layers.boxes import crop, paste, replicate, spots
from gan_jax.models.layers.convolutions import CONVOLVED, Conv, ConvTranspose, Images
from gan_jax.models.layers.initializers import INITIALIZERS, initializer
from gan_jax.models.layers.network import Condition, Network, given
from gan_jax.models.layers.norms import NORMS, BatchNorm, InstanceNorm, Modulation, norm

__all__ = [
  'ACTIVATIONS', 'CONVOLVED', 'INITIALIZERS', 'NORMS', 'BatchNorm', 'Condition', 'Conv', 'ConvTranspose',
  'Images', 'InstanceNorm', 'Modulation', 'Network', 'activation', 'at_least_float32', 'crop', 'given',
  'image_output', 'initializer', 'norm', 'paste', 'replicate', 'spots',
]  # fmt: skip
