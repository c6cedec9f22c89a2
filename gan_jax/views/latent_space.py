"""What a generator of latents has learned between and next to its samples."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from gan_jax import errors
from gan_jax.data.dataset import Dataset
from gan_jax.gans.sampler import BATCH

Vector = Float[np.ndarray, ' D']
NEAREST_OF = 50_000  # real images that are searched
CHUNK = 500


def interpolate(
  sampler: Any, rows: int = 8, columns: int = 10, walk: str | None = None
) -> Float[np.ndarray, '{rows*columns} ...']:
  """Images on the way from one draw to another, `rows` times.

  One drawn array is walked in, `walk` or the latents, and all others that G is given stay as they are in the
  first draw of the row. Along the great circle (White 2016, https://arxiv.org/abs/1609.04468, sec. 2.1): the
  straight way passes through latents shorter than any that G has learned.
  """
  ends = sampler.draw(2 * rows, seed=1)
  walk = walk or ('latents' if 'latents' in ends else next(iter(ends)))
  drawn = {name: np.repeat(values[::2], columns, axis=0) for name, values in ends.items()}
  start, end = ends[walk][::2], ends[walk][1::2]
  ways = [slerp(start[i], end[i], t) for i in range(rows) for t in np.linspace(0, 1, columns)]
  return sampler.generate({**drawn, walk: np.stack(ways).astype(ends[walk].dtype)})


def slerp(start: Vector, end: Vector, t: float) -> Vector:
  """The point at fraction `t` of the arc from `start` to `end`."""
  cosine = np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
  angle = np.arccos(np.clip(cosine, -1, 1))
  if np.sin(angle) < 1e-4:  # or opposite, where no way is the shortest
    return (1 - t) * start + t * end
  return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)


def walk(
  sampler: Any, walks: int, stops: int, frames: int, seed: int = 0
) -> Iterator[Float[np.ndarray, 'walks ...']]:
  """Images of `walks` at once, frame by frame, each a round through as many latents as there are `stops`.

  Along great circles from each to the next, and from the last to the first; all else that G is given stays as
  it was first drawn. Raises UserError for a generator that is given no latents.
  """
  drawn = sampler.draw(stops * walks, seed)
  if 'latents' not in drawn:
    raise errors.UserError(f'G is given {", ".join(drawn)}, and no latents to walk in')
  latents = drawn['latents'].reshape(stops, walks, -1)
  others = {name: value[:walks] for name, value in drawn.items() if name != 'latents'}
  at_once = max(1, BATCH // walks)
  for begin in range(0, frames, at_once):
    some = np.arange(begin, min(begin + at_once, frames)) * stops / frames
    places = np.stack([_around(latents[:, k], t) for t in some for k in range(walks)])
    alike = {name: np.concatenate([value] * len(some)) for name, value in others.items()}
    images = sampler.generate({**alike, 'latents': places.astype(latents.dtype)})
    yield from images.reshape(len(some), walks, *images.shape[1:])


def _around(stops, t):
  """The point of a round through latents [stops, dim], of which t passes one each unit."""
  k = int(t)
  return slerp(stops[k], stops[(k + 1) % len(stops)], t - k)


def neighbours(sampler: Any, dataset: Dataset, rows: int = 8, nearest: int = 5) -> Float[np.ndarray, 'N ...']:
  """Rows of a sample and the real images nearest to it (Euclidean, pixels): is G memorising?

  Returns [rows * (1 + nearest), H, W, C]; the first NEAREST_OF real images are searched.
  """
  samples = sampler.generate(sampler.draw(rows, seed=2))
  name = sampler.gan.presentation.output
  queries = jnp.asarray(samples).reshape(rows, -1)
  searched = min(dataset.size, NEAREST_OF)
  chunk = min(searched, CHUNK)

  @jax.jit
  def distances(real):
    real = real.reshape(chunk, -1)
    return (real**2).sum(1) - 2 * queries @ real.T

  indices = [np.minimum(np.arange(start, start + chunk), searched - 1) for start in range(0, searched, chunk)]
  found = [distances(dataset.examples(some)[name]) for some in indices]
  found = np.concatenate(found, 1)[:, :searched]
  closest = np.argsort(found, 1)[:, :nearest]
  real = np.asarray(dataset.examples(closest.reshape(-1))[name])
  real = real.reshape(rows, closest.shape[1], *real.shape[1:])
  return np.concatenate([samples[:, None], real], 1).reshape(-1, *samples.shape[1:])
