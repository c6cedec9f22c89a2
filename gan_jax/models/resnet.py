"""An encoder, residual blocks and a decoder: the generator of Johnson et al. 2016, CycleGAN and StarGAN.

https://arxiv.org/abs/1603.08155; Zhu et al. 2017, app. 7.2, https://arxiv.org/abs/1703.10593. Without blocks
it is the encoder-decoder of style transfer.
"""

import functools

from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.configs.fields import names, option
from gan_jax.models import layers


class Generator(layers.Network):
  """Images to images in [-1, 1] with image_shape[-1] channels, of any H and W.

  With `residual` it adds to the first image_shape[-1] channels of what it is given, without the bounds.
  """

  image_shape: tuple[int, ...] = layers.given(())
  width: int = option(64, '>= 1', 'channels at full size, the NARROWEST; twice as many after each stride')
  strides: tuple[int, ...] = option((2, 2), '>= 1', 'of the encoder; the decoder undoes them')
  blocks: int = option(9, '>= 0', 'residual blocks between them')
  kernel: int = option(7, '>= 1', 'of the first and the last convolution')
  down_kernel: int = option(3, '>= 1', 'of the convolutions with a stride')
  residual: bool = option(False, '', 'G adds to its input, instead of making all of the image')
  padding: str = option('zeros', 'zeros | reflect', 'of convolutions without a stride; CycleGAN reflects')
  norm: str = option('instance', names(layers.NORMS), 'after each convolution')

  @nn.compact
  def __call__(
    self, images: layers.Images, condition: layers.Condition = None, train: bool = False
  ) -> Float[Array, 'B H W D']:
    common = dict(use_bias=self.norm == 'none', **self.weights)
    norm = lambda hidden: self.normalize(self.norm, train, condition=condition)(hidden)
    conv = functools.partial(layers.Conv, stride=1, padding=self.padding)
    hidden = nn.relu(norm(conv(self.width, self.kernel, **common)(images)))
    sizes = []
    for i, stride in enumerate(self.strides):
      sizes.append(hidden.shape[1:3])
      hidden = layers.Conv(self.width << (i + 1), self.down_kernel, stride, **common)(hidden)
      hidden = nn.relu(norm(hidden))
    for _ in range(self.blocks):
      inside = nn.relu(norm(conv(hidden.shape[-1], 3, **common)(hidden)))
      hidden = hidden + norm(conv(hidden.shape[-1], 3, **common)(inside))
    for i in reversed(range(len(self.strides))):
      up = layers.ConvTranspose(self.width << i, self.down_kernel, self.strides[i], sizes[i], **common)
      hidden = nn.relu(norm(up(hidden)))
    out = conv(self.image_shape[-1], self.kernel, **self.weights)(hidden)
    return layers.image_output(out, images if self.residual else None)
