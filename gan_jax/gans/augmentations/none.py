"""No augmentation: D is shown the images as they are."""

from ml_collections import ConfigDict

from gan_jax.gans.augmentations import Augmentation

OPTIONS = {}


def make(config: ConfigDict) -> Augmentation:
  """The identity."""
  return Augmentation(lambda images, rng, state: images)
