"""What a generator of latents has learned between and next to its samples."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from gan_jax.data.dataset import Dataset

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
