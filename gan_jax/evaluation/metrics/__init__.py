"""Measures as pure functions of images, features or points: `from gan_jax import metrics`."""

from gan_jax.evaluation.metrics import (
  correlation,
  diversity,
  frechet,
  inception,
  kernel,
  manifold,
  memorisation,
  modes,
  sliced,
  toy,
  translation,
)

__all__ = [
  'correlation', 'diversity', 'frechet', 'inception', 'kernel', 'manifold', 'memorisation', 'modes', 'sliced',
  'toy', 'translation',
]  # fmt: skip
