"""How alike generated images are to each other: the mean MS-SSIM of pairs, high where modes collapse."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.evaluation.metrics import translation

Images = Float[Array | np.ndarray, 'N H W C']
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, Wang et al. 2003, sec. 3.2
BATCH = 128


def ms_ssim(images: Images, others: Images) -> Float[Array, ' N']:
  """The multi-scale structural similarity of pairs of images in [-1, 1]: at most 1, which is equality.

  Wang et al. 2003, eq. 7, https://doi.org/10.1109/ACSSC.2003.1292216: as many of its five scales as are no
  smaller than the window of 11 pixels, their weights scaled to the same sum. Raises ValueError for images
  that are smaller than the window.
  """
  window = 2 * translation.RADIUS + 1
  translation.check(images)
  scales = [k for k in range(len(WEIGHTS)) if min(images.shape[1:3]) >> k >= window]
  terms = []
  for k in scales:
    structure, whole = translation.similarity(images, others)
    terms.append(whole if k == scales[-1] else structure)
    images, others = _halved(images), _halved(others)
  weights = np.array(WEIGHTS[: len(scales)]) / sum(WEIGHTS[: len(scales)])
  return jnp.prod(jnp.maximum(jnp.stack(terms), 0) ** weights[:, None], 0)


def mean_ms_ssim(images: Images, pairs: int = 1000, seed: int = 0) -> float:
  """The mean over random pairs of unlike images of one set; compare it with that of real ones.

  Odena et al. 2017, sec. 4.2, https://arxiv.org/abs/1610.09585 (there of the images of one class). Raises
  UserError for fewer than two images.
  """
  return float(pairs_ms_ssim(images, pairs, seed).mean())


def pairs_ms_ssim(images: Images, pairs: int = 1000, seed: int = 0) -> Float[np.ndarray, ' _']:
  """What `mean_ms_ssim` is the mean of."""
  if len(images) < 2:
    raise errors.UserError(f'{len(images)} images have no pairs: give two or more')
  draw = np.random.default_rng(seed)
  first = draw.integers(0, len(images), pairs)
  second = (first + draw.integers(1, len(images), pairs)) % len(images)
  program, images = jax.jit(ms_ssim), np.asarray(images, np.float32)
  blocks = [slice(start, start + BATCH) for start in range(0, pairs, BATCH)]
  return np.concatenate([program(images[first[at]], images[second[at]]) for at in blocks])


def _halved(images):
  """Images at half the size: means of 2 x 2 pixels."""
  return jax.lax.reduce_window(images, 0.0, jax.lax.add, (1, 2, 2, 1), (1, 2, 2, 1), 'VALID') / 4
