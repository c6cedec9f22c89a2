"""What a generator of latents has learned between and next to its samples."""

import jax
import jax.numpy as jnp
import numpy as np

NEAREST_OF = 50_000  # real images that are searched
CHUNK = 500


def interpolate(sampler, rows=8, columns=10):
  """Images on the way from one latent to another, `rows` times: [rows * columns, H, W, C].

  Along the great circle (White 2016, https://arxiv.org/abs/1609.04468, sec. 2.1), since the straight way
  passes through latents shorter than any that G has learned.
  """
  ends = sampler.latents(2 * rows, seed=1)
  ways = [slerp(ends[2 * i], ends[2 * i + 1], t) for i in range(rows) for t in np.linspace(0, 1, columns)]
  return sampler(np.stack(ways))


def slerp(start, end, t):
  """The point at fraction `t` of the arc from `start` to `end`, vectors [D]."""
  cosine = np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
  angle = np.arccos(np.clip(cosine, -1, 1))
  if np.sin(angle) < 1e-4:  # or opposite, where no way is the shortest
    return (1 - t) * start + t * end
  return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)


def neighbours(sampler, dataset, rows=8, nearest=5):
  """Rows of a sample and the real images nearest to it (Euclidean, pixels): is G memorising?

  Returns [rows * (1 + nearest), H, W, C]; the first NEAREST_OF real images are searched.
  """
  samples = sampler(sampler.latents(rows, seed=2))
  queries = jnp.asarray(samples).reshape(rows, -1)
  searched = min(dataset.size, NEAREST_OF)
  chunk = min(searched, CHUNK)

  @jax.jit
  def distances(real):
    real = real.reshape(chunk, -1)
    return (real**2).sum(1) - 2 * queries @ real.T

  indices = [np.minimum(np.arange(start, start + chunk), searched - 1) for start in range(0, searched, chunk)]
  found = [distances(dataset.examples(some)['image']) for some in indices]
  found = np.concatenate(found, 1)[:, :searched]
  closest = np.argsort(found, 1)[:, :nearest]
  real = np.asarray(dataset.examples(closest.reshape(-1))['image'])
  real = real.reshape(rows, closest.shape[1], *real.shape[1:])
  return np.concatenate([samples[:, None], real], 1).reshape(-1, *samples.shape[1:])
