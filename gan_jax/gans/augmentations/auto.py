"""The augmentation that suits so many images: DiffAugment for few, ADA for some, none for very many.

With few images D learns them by heart. DiffAugment was made for hundreds and thousands (Zhao et al. 2020,
https://arxiv.org/abs/2006.10738), and needs no time to find its strength. ADA finds it, in some hundred
thousand images (Karras et al. 2020, https://arxiv.org/abs/2006.06676), and still gained at the 50,000 of
CIFAR-10: StyleGAN2's FID went from 3.8 to 2.3 in the logs of PyTorch-StudioGAN (POSTECH-CVLab, logs/CIFAR10).
Where the lines between them lie is a rule of thumb, not a result.
"""

from typing import NoReturn

from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field
from gan_jax.data.spec import Spec

OPTIONS = {
  'few': Field(5_000, '>= 0', 'training images below which it is diffaugment'),
  'many': Field(50_000, '>= 0', 'training images above which it is none; ada is between'),
}


def choose(options: ConfigDict, spec: Spec) -> str:
  """The name of an augmentation for the training images that `spec` tells of; 'none' for what is no image."""
  if 'image' not in spec or len(spec.shape('image')) != 3 or spec.size > options.many:
    return 'none'
  return 'diffaugment' if spec.size < options.few else 'ada'


def make(config: ConfigDict) -> NoReturn:
  """Raises UserError: what it is has to be chosen by the data first, see augmentations.chosen."""
  raise errors.UserError(
    'augment.name=auto is chosen by the data: make the game by gans.make, or name another'
  )
