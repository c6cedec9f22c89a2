"""One- and two-dimensional densities: jax functions to sample from, their logarithms, their modes.

`DENSITIES` has them by name. Two families: mixtures of equal Gaussians, and curves t -> (x, y) with t uniform
and Gaussian noise, or none, around them. All are in their own units; `centre` and `scale` bring them to mean
0 and deviation 1 a coordinate.
"""

import dataclasses
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

Curve = Callable[[Any, ModuleType], Any]  # (t [...], numpy or jax.numpy) -> points [..., 2]
Points = Float[Array | np.ndarray, '... dim']
NODES = 2048  # of the curve, at which a density around it is summed


@dataclasses.dataclass(frozen=True, eq=False)
class Density:
  """A distribution of vectors of `dim` numbers."""

  dim: int
  sample: Callable[[PRNGKeyArray, int], Float[Array, 'n dim']]
  log_density: Callable[[Points], Float[Array, '...']] | None  # None where all mass lies on a curve
  centre: Float[np.ndarray, ' dim']  # the mean
  scale: Float[np.ndarray, ' dim']  # the standard deviations
  modes: Float[np.ndarray, 'K dim'] | None = None  # of a mixture
  sigma: float = 0.0  # standard deviation of a mode, or of the noise around a curve

  def to_unit(self, points: Points) -> Points:
    """Points of the data's units, at mean 0 and deviation 1."""
    return (points - jnp.asarray(self.centre, jnp.float32)) / jnp.asarray(self.scale, jnp.float32)

  def from_unit(self, points: Points) -> Points:
    """The inverse of `to_unit`."""
    return points * jnp.asarray(self.scale, jnp.float32) + jnp.asarray(self.centre, jnp.float32)


def mixture(modes: Float[np.ndarray, 'K dim'] | Sequence[Sequence[float]], sigma: float) -> Density:
  """Equal Gaussians of deviation `sigma` at `modes`."""
  modes = np.asarray(modes, np.float64)
  count, dim = modes.shape
  centres = modes.astype(np.float32)  # numpy's: importing this must not start a backend

  def sample(rng, n):
    which_rng, noise_rng = jax.random.split(rng)
    which = jax.random.randint(which_rng, (n,), 0, count)
    return jnp.asarray(centres)[which] + sigma * jax.random.normal(noise_rng, (n, dim))

  scale = np.sqrt(modes.var(0) + sigma**2)
  return Density(dim, sample, _gaussians(centres, sigma), modes.mean(0), scale, modes, sigma)


def curves(*pieces: tuple[float, float, Curve], sigma: float = 0.0) -> Density:
  """Points at a uniform t on one of some curves, each (start, stop, curve), plus noise."""

  def sample(rng, n):
    which_rng, t_rng, noise_rng = jax.random.split(rng, 3)
    t = jax.random.uniform(t_rng, (n,))
    points = jnp.stack([curve(start + (stop - start) * t, jnp) for start, stop, curve in pieces])
    points = points[jax.random.randint(which_rng, (n,), 0, len(pieces)), jnp.arange(n)]
    return points + sigma * jax.random.normal(noise_rng, points.shape) if sigma else points

  t = (np.arange(NODES) + 0.5) / NODES  # the midpoint rule; float64, so that all machines agree
  nodes = np.concatenate([curve(start + (stop - start) * t, np) for start, stop, curve in pieces])
  scale = np.sqrt(nodes.var(0) + sigma**2)
  log_density = _gaussians(nodes.astype(np.float32), sigma) if sigma else None
  return Density(2, sample, log_density, nodes.mean(0), scale, sigma=sigma)


def _gaussians(centres, sigma):
  """The logarithm of the density of equal Gaussians, x [..., dim] -> [...]."""
  count, dim = centres.shape

  def log_density(x):
    squares = sum((x[..., i, None] - centres[:, i]) ** 2 for i in range(dim))
    exponents = -0.5 * squares / sigma**2
    return jax.nn.logsumexp(exponents, -1) - np.log(count) - 0.5 * dim * np.log(2 * np.pi * sigma**2)

  return log_density


def graph(function: Callable[[Any, ModuleType], Any]) -> Curve:
  """The curve (t, function(t))."""
  return lambda t, xp: xp.stack([t, function(t, xp)], -1)


def circle(count: int, radius: float) -> Float[np.ndarray, '{count} 2']:
  """So many points on a circle, the first on the axis."""
  angles = 2 * np.pi * np.arange(count) / count
  return radius * np.stack([np.cos(angles), np.sin(angles)], -1)


def lattice(side: int, spacing: float) -> Float[np.ndarray, '{side**2} 2']:
  """A centred square of side x side points."""
  line = spacing * (np.arange(side) - (side - 1) / 2)
  return np.stack(np.meshgrid(line, line, indexing='ij'), -1).reshape(-1, 2)


def arc(centre: tuple[float, float], way: int) -> Curve:
  """Half a circle of radius 1, to the upper (way 1) or the lower side (-1)."""
  return lambda t, xp: xp.stack([centre[0] + way * xp.cos(t), centre[1] + way * xp.sin(t)], -1)


def roll(turn: Float[Array | np.ndarray, '*t'], xp: ModuleType) -> Float[Array | np.ndarray, '*t 2']:
  """The spiral whose radius is the angle."""
  return xp.stack([turn * xp.cos(turn), turn * xp.sin(turn)], -1)


PI = np.pi
WAVE = -PI, PI
DENSITIES = {
  'quadratic': curves((-50, 50, graph(lambda t, xp: 10 + t**2))),
  'cubic': curves((-2, 2, graph(lambda t, xp: t**3 - 2 * t))),
  'quartic': curves((-2, 2, graph(lambda t, xp: t**4 - 3 * t**2))),
  'quintic': curves((-1.5, 1.5, graph(lambda t, xp: 2 * t**5 - 5 * t**3 + 2 * t))),
  'sine': curves((*WAVE, graph(lambda t, xp: xp.sin(t)))),
  'cosine': curves((*WAVE, graph(lambda t, xp: xp.cos(t)))),
  'two_curves': curves((*WAVE, graph(lambda t, xp: xp.sin(t))), (*WAVE, graph(lambda t, xp: t**2 / 2 - 2))),
  'spiral': curves((0.0, 1.0, lambda t, xp: roll(3 * PI * xp.sqrt(t + 0.01), xp)), sigma=0.2),
  'moons': curves((0, PI, arc((0.0, 0.0), 1)), (0, PI, arc((1.0, 0.5), -1)), sigma=0.05),
  'swiss_roll': curves((1.5 * PI, 4.5 * PI, roll), sigma=0.25),
  'ring': mixture(circle(8, 1.0), 0.01),
  'grid': mixture(lattice(5, 2.0), 0.05),
  'gaussian': mixture([[3.0]], 1.0),
  'mixture': mixture([[-3.0], [0.0], [4.0]], 0.5),
}
