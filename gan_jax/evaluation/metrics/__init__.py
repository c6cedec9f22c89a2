"""Measures as pure functions of images, features or points: `from gan_jax import metrics`."""

from gan_jax.evaluation.metrics import frechet, toy, translation

__all__ = ['frechet', 'toy', 'translation']
