"""Where the images of a generator come from, for all that looks into it: its styles, or else its latents."""

import functools
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.gans.sampler import Sampler

Points = Float[Array | np.ndarray, 'N ...']  # latents [N, dim], or styles [N, L, W]
Drawn = Mapping[str, Any]  # {name: [N, ...]}, as Sampler.draw gives it
DRAWS, SEED = 4_096, 7  # by which the mean and the spread are estimated


class Space:
  """The styles of a sampler's generator where it has any, or else the latents that it is given.

  Karras et al. 2019, https://arxiv.org/abs/1812.04948, sec. 2 and 4, on why styles are the better of them.
  """

  def __init__(self, sampler: Sampler):
    """Raises UserError for a generator that is given no latents."""
    self.sampler, self._styles = sampler, sampler.gan.presentation.styles
    self.name = 'styles' if self._styles else 'latents'
    like = sampler.draw(1)
    if 'latents' not in like:
      raise errors.UserError(f'G is given {", ".join(like)}, and no latents to look into')
    self._map = jax.jit(self._styles.mapping) if self._styles else None
    self.shape = self.points(like).shape[1:]  # of one point; the last axis is that of its numbers

  def points(self, drawn: Drawn) -> Points:
    """The points [N, ...] of what was drawn."""
    if self._styles:
      return np.asarray(self._map(self.sampler.variables, drawn))
    return np.asarray(drawn['latents'])

  def images(self, drawn: Drawn, points: Points) -> Float[np.ndarray, 'N ...']:
    """What G makes of points [N, ...]; all else that it is given is as drawn."""
    return self.sampler.generate({**drawn, self.name: np.asarray(points, np.float32)})

  @functools.cached_property
  def mean(self) -> Float[np.ndarray, ' W']:
    """The middle of all points: 0 of latents; the mean style, over all layers."""
    if not self._styles:
      return np.zeros(self.shape[-1], np.float32)
    if self._styles.mean:
      return np.asarray(self._styles.mean(self.sampler.variables))
    return self._drawn.reshape(-1, self.shape[-1]).mean(0)

  @functools.cached_property
  def spread(self) -> float:
    """How far the numbers of a point are from those of the mean: the root of the mean square."""
    return float(np.sqrt(np.square(self._drawn - self.mean).mean()))

  def truncated(self, points: Points, psi: float) -> Points:
    """Points moved towards the mean: at psi = 1 as they are, at 0 the mean.

    Karras et al. 2019, app. B. Of latents this scales them, where Brock et al. 2019,
    https://arxiv.org/abs/1809.11096, sec. 3.1, draw those anew that are large.
    """
    return self.mean + psi * (points - self.mean)

  @functools.cached_property
  def _drawn(self):
    return self.points(self.sampler.draw(DRAWS, SEED))


def truncating(sampler: Sampler, psi: float) -> Sampler:
  """The sampler whose images are made of points that are moved towards the mean, see Space.truncated.

  Raises UserError for a psi that is negative or not finite, and for a generator that is given no latents.
  """
  if not 0 <= psi < np.inf:
    raise errors.UserError(f'--psi={psi:g}: 0 is the mean of all samples, 1 leaves them as they are')
  space = Space(sampler)

  def move(drawn):
    points = drawn['styles'] if 'styles' in drawn else space.points(drawn)
    return {**drawn, space.name: np.asarray(space.truncated(points, psi), np.float32)}

  return sampler.moving(move)


def repeated(drawn: Drawn, count: int) -> dict[str, Any]:
  """What was first drawn, `count` times."""
  return {name: np.repeat(np.asarray(value)[:1], count, 0) for name, value in drawn.items()}
