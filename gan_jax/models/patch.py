"""A discriminator of patches: one logit for each part of an image (Isola et al. 2017, sec. 3.2.2).

https://arxiv.org/abs/1611.07004. Each logit sees a window of the image, of 70 x 70 pixels with the defaults.
"""

from flax import linen as nn
from jaxtyping import Array

from gan_jax.configs.fields import SOME, names, option
from gan_jax.models import layers


class Discriminator(layers.Network):
  """Images to {'logits': [B, h, w, 1], 'features': [B, h, w, K]}, h = H over all strides.

  With `domains`, also {'domain_logits': [B, domains]} of the whole image (StarGAN's second head).
  """

  domains: int = layers.given(0)
  width: int = option(64, '>= 1', 'channels of the first layer, the NARROWEST; twice as many after each')
  widest: int = option(512, '>= 1', 'channels of any layer at most')
  strides: tuple[int, ...] = option((2, 2, 2, 1), '>= 1', 'of each convolution', SOME)
  kernel: int = option(4, '>= 1', 'height and width of the convolutions')
  norm: str = option('instance', names(layers.NORMS), 'after all convolutions but the first')
  slope: float = option(0.2, '', 'of leaky ReLU below 0')

  @nn.compact
  def __call__(self, images: layers.Images, train: bool = False) -> dict[str, Array]:
    hidden = images
    for i, stride in enumerate(self.strides):
      normed = self.norm if i else 'none'
      width = min(self.width << i, self.widest)
      conv = layers.Conv(width, self.kernel, stride, normed == 'none', **self.weights)
      hidden = self.normalize(normed, train)(conv(hidden))
      hidden = nn.leaky_relu(hidden, self.slope)
    features = layers.at_least_float32(hidden)
    outputs = {
      'logits': layers.Conv(1, self.kernel, 1, kernel_init=self.kernel_init)(features),
      'features': features,
    }
    if self.domains:
      flat = features.reshape(len(features), -1)
      outputs['domain_logits'] = nn.Dense(self.domains, use_bias=False, kernel_init=self.kernel_init)(flat)
    return outputs
