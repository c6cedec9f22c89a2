"""How good generated keypoints are: beside real ones, and by what known ones tell of others."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from gan_jax.evaluation.metrics import toy

Points = Float[Array | np.ndarray, 'B P 3']  # (y, x, visible)
Flags = Float[Array | np.ndarray, 'B P']
COUNTS = (0, 1, 2, 4)  # of known points
DRAWS = 8  # of each face


def score(batch: Mapping, fakes: Mapping) -> dict[str, Float[Array, ' B']]:
  """Scores of fakes beside '..._real', those of real ones.

  'spread' is the mean distance of visible points from their middle, 'visible' their share; 'energy_distance'
  that of half of the batch from real ones of the other half.
  """
  real, made = batch['keypoints'], fakes['keypoints']
  half = len(real) // 2
  flat = lambda points: points.reshape(len(points), -1)
  found = {}
  for suffix, points in (('', made), ('_real', real)):
    distance = toy.energy_distance(flat(real[:half]), flat(points[half : 2 * half]))
    found[f'energy_distance{suffix}'] = jnp.full(len(real), distance)
    found[f'spread{suffix}'] = spread(points)
    found[f'visible{suffix}'] = points[..., 2].mean(1)
  return found


def spread(points: Points) -> Float[Array, ' B']:
  """The mean distance of the visible points from their middle; 0 where there are none."""
  seen = points[..., 2]
  middle = mean(points, 1)[:, None]
  return (seen * jnp.linalg.norm(points[..., :2] - middle, axis=-1)).sum(1) / jnp.maximum(seen.sum(1), 1)


def mean(points: Float[Array | np.ndarray, '*shape 3'], axis: int) -> Float[Array, '... 2']:
  """The mean of the places (y, x) of visible points along an axis; zeros where there are none."""
  seen = points[..., 2:]
  return (points[..., :2] * seen).sum(axis) / jnp.maximum(seen.sum(axis), 1e-6)


def known_errors(
  play: Callable, distribution: Callable, batch: Mapping, rng: PRNGKeyArray
) -> dict[str, Float[Array, ' B']]:
  """'error_K_known' [B] for each K of COUNTS: how far from the truth the mean of DRAWS is if K are known.

  `play(**asked)` gives keypoints [N, P, 3] of arrays [N, ...]. Distances are in heights and widths of the
  image, of the same points for each K, none of which is known. 'deviation_K_known' is how far single draws
  are from their mean. 'error_of_guess' is the error of the mean of the other faces of the batch, which knows
  neither caption nor points.
  """
  truth, latents_rng = batch['keypoints'], jax.random.fold_in(rng, 1)
  several = {name: jnp.repeat(batch[name], DRAWS, 0) for name in ('fake_caption', 'fake_keypoints')}
  latents = distribution(latents_rng, (DRAWS * len(truth), batch['latents'].shape[-1]))
  found, known = {}, masks(rng, truth)
  unknown = 1 - known[max(known)]
  for count, mask in known.items():
    made = play(**several, latents=latents, fake_known=jnp.repeat(mask, DRAWS, 0))
    made = made.reshape(-1, DRAWS, *made.shape[1:])
    expected = mean(made, 1)
    found[f'error_{count}_known'] = error(expected, truth, unknown)
    apart = jax.vmap(lambda one, expected=expected: error(expected, one, unknown), 1)(made)
    found[f'deviation_{count}_known'] = apart.mean(0)
  seen = truth[..., 2:]
  total, number = (truth[..., :2] * seen).sum(0), seen.sum(0)
  others = (total - truth[..., :2] * seen) / jnp.maximum(number - seen, 1)
  return {**found, 'error_of_guess': error(others, truth, unknown)}


def error(places: Float[Array, 'B P 2'], truth: Points, judged: Flags) -> Float[Array, ' B']:
  """The mean distance of places from the truth, of those judged that are visible; 0 where there are none."""
  counted = judged * truth[..., 2]
  distances = jnp.linalg.norm(places - truth[..., :2], axis=-1)
  return (counted * distances).sum(1) / jnp.maximum(counted.sum(1), 1)


def masks(rng: PRNGKeyArray, points: Points) -> dict[int, Flags]:
  """{count: which points are known}, so many of each face, at random: those of fewer, and others."""
  shape = points.shape[:2]
  order = jnp.argsort(jnp.argsort(jax.random.uniform(rng, shape), 1), 1)
  return {count: (order < count).astype(jnp.float32) for count in COUNTS if count < shape[1]}
