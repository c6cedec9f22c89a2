"""A sentence to an image: GAN-INT-CLS of Reed et al. 2016, https://arxiv.org/abs/1605.05396.

The batch has 'image', 'caption' and 'caption_wrong'; G is given 'latents' and 'fake_caption'.
"""

from ml_collections import ConfigDict

from gan_jax.configs.fields import Field
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import GAN
from gan_jax.gans.parts import matching

READS_CONDITIONS = True  # `draw` does, of the data: a run keeps rows of them
OPTIONS = {
  **matching.OPTIONS,
  'interpolation': Field(1.0, '>= 0', "weight of eq. 5: G's images of what lies between two captions"),
}


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN whose generator makes images that a caption tells of. Raises UserError if there are none."""
  return matching.make(config, spec)
