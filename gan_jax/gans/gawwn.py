"""What and where to draw: GAWWN of Reed et al. 2016, https://arxiv.org/abs/1610.02454.

The batch has 'image', 'caption', 'caption_wrong' and 'box' [B, 4] or 'keypoints' [B, P, 3]; G is given
'latents', 'fake_caption' and 'fake_box' or 'fake_keypoints'.
"""

from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field, names
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import GAN
from gan_jax.gans.parts import matching

PLACES = ('box', 'keypoints')
READS_CONDITIONS = True  # `draw` does, of the data: a run keeps rows of them
OPTIONS = {
  'place': Field('box', names(PLACES), 'what tells G and D where things are'),
  **matching.OPTIONS,
}


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN whose generator makes images that a caption tells of, where a box or keypoints say.

  Raises UserError for data without captions or places.
  """
  if config.gan.place not in PLACES:
    raise errors.unknown('gan.place', config.gan.place, PLACES)
  return matching.make(config, spec, config.gan.place)
