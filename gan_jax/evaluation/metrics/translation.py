"""How near generated images come to the true ones: pairs of images in [-1, 1] to numbers."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Images = Float[Array | np.ndarray, 'B H W C']
Numbers = Float[Array | np.ndarray, ' B']

RANGE = 2.0  # from the darkest to the lightest value
RADIUS, SIGMA = 5, 1.5  # of SSIM's window, in pixels
K1, K2 = 0.01, 0.03  # constants of SSIM, relative to the range


def l1(true: Images, generated: Images) -> Numbers:
  """The mean absolute difference: 0 to 2."""
  return jnp.abs(true - generated).mean((1, 2, 3))


def psnr(true: Images, generated: Images) -> Numbers:
  """The peak signal-to-noise ratio in dB: 10 log10(range^2 / mean squared error); infinite if equal."""
  return 10 * jnp.log10(RANGE**2 / jnp.square(true - generated).mean((1, 2, 3)))


def psnr_within(true: Images, generated: Images, mask: Float[Array | np.ndarray, 'B H W 1']) -> Numbers:
  """`psnr` over the pixels where `mask` is 1; those that are 0 do not count."""
  squares = (mask * (true - generated) ** 2).sum((1, 2, 3))
  return 10 * jnp.log10(RANGE**2 * true.shape[-1] * mask.sum((1, 2, 3)) / squares)


def ssim(true: Images, generated: Images) -> Numbers:
  """The structural similarity: at most 1, which is equality.

  Wang et al. 2004, eq. 13, https://doi.org/10.1109/TIP.2003.819861, with their Gaussian window of 11 x 11
  pixels where it lies inside the image; the mean over channels. Raises ValueError for smaller images.
  """
  return similarity(true, generated)[1]


def similarity(true: Images, generated: Images) -> tuple[Numbers, Numbers]:
  """(the part of SSIM that compares contrast and structure, SSIM itself) of each image."""
  check(true)
  mean_1, mean_2 = blur(true), blur(generated)
  variance_1 = blur(true**2) - mean_1**2
  variance_2 = blur(generated**2) - mean_2**2
  covariance = blur(true * generated) - mean_1 * mean_2
  c1, c2 = (K1 * RANGE) ** 2, (K2 * RANGE) ** 2
  luminance = (2 * mean_1 * mean_2 + c1) / (mean_1**2 + mean_2**2 + c1)
  contrast_and_structure = (2 * covariance + c2) / (variance_1 + variance_2 + c2)
  return contrast_and_structure.mean((1, 2, 3)), (luminance * contrast_and_structure).mean((1, 2, 3))


def check(images: Images) -> None:
  """Raises ValueError for images smaller than the window."""
  if min(images.shape[1:3]) <= 2 * RADIUS:
    raise ValueError(
      f'SSIM has a window of {2 * RADIUS + 1} pixels a side; the images are {images.shape[1:3]}'
    )


def blur(images: Images) -> Float[Array | np.ndarray, 'B H-10 W-10 C']:
  """Weighted means over windows that lie inside."""
  weights = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / SIGMA) ** 2)
  weights = (weights / weights.sum()).astype(np.float32)
  height, width = (side - 2 * RADIUS for side in images.shape[1:3])
  rows = sum(weight * images[:, k : k + height] for k, weight in enumerate(weights))
  return sum(weight * rows[:, :, k : k + width] for k, weight in enumerate(weights))


def edge_correlation(images: Images, others: Images) -> Numbers:
  """How alike the edges are: the correlation of the gradients' lengths over the pixels, -1 to 1.

  Of the mean of the channels, by differences of neighbours; 0 for an image without any edge.
  """

  def edges(images):
    grey = images.mean(-1)
    down, across = jnp.diff(grey, axis=1)[:, :, :-1], jnp.diff(grey, axis=2)[:, :-1]
    lengths = jnp.sqrt(down**2 + across**2)
    return lengths - lengths.mean((1, 2), keepdims=True)

  first, second = edges(images), edges(others)
  spread = jnp.sqrt((first**2).sum((1, 2)) * (second**2).sum((1, 2)))
  return (first * second).sum((1, 2)) / jnp.maximum(spread, 1e-12)


def patch_distance(images: Images, others: Images, side: int = 7, directions: int = 128) -> Float[Array, '']:
  """The sliced Wasserstein distance between all patches of two sets of images of one shape.

  Rabin et al. 2011, https://doi.org/10.1007/978-3-642-24785-9_37, on patches as Karras et al. 2018, sec. 5,
  have it, https://arxiv.org/abs/1710.10196, but of the images themselves: the mean over random directions
  of the mean distance between the sorted projections. 0 for equal sets.
  """
  kernels = np.random.default_rng(0).normal(size=(side, side, images.shape[-1], directions))
  kernels = jnp.asarray(kernels / np.sqrt((kernels**2).sum((0, 1, 2))), jnp.float32)
  axes = ('NHWC', 'HWIO', 'NHWC')

  def projections(images):
    projected = jax.lax.conv_general_dilated(images, kernels, (1, 1), 'VALID', dimension_numbers=axes)
    return jnp.sort(projected.reshape(-1, directions), 0)

  return jnp.abs(projections(images) - projections(others)).mean()


MEASURES = {'l1': l1, 'psnr': psnr, 'ssim': ssim}


def score(true: Images, generated: Images, **others: Images) -> dict[str, Numbers]:
  """'l1', 'psnr' and 'ssim' of what was generated, and 'l1_identity', ... of `others` by name.

  Without SSIM where images are smaller than its window.
  """
  large = min(true.shape[1:3]) > 2 * RADIUS
  measures = {name: measure for name, measure in MEASURES.items() if large or name != 'ssim'}
  scores = {name: measure(true, generated) for name, measure in measures.items()}
  for other, images in others.items():
    scores |= {f'{name}_{other}': measure(true, images) for name, measure in measures.items()}
  return scores
