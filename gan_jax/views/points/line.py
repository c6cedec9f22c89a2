"""One dimension, the picture of Goodfellow et al. 2014, fig. 1: p, p_g, D, and how latents become samples."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8

from gan_jax.data import toy
from gan_jax.gans.contract import Batch, Variables
from gan_jax.views import canvas

POINTS = 400
ARROWS = 40


def grid(real: Float[Array | np.ndarray, 'N 1']) -> Float[np.ndarray, 'M 1']:
  """Where densities and D are drawn: POINTS points in the network's units."""
  ((low, high),) = canvas.limits(np.asarray(real), 0.3)
  return np.linspace(low, high, POINTS, dtype=np.float32)[:, None]


def arrays(
  experiment: Any, variables: Variables, batch: Batch, grid: Float[np.ndarray, 'M 1']
) -> dict[str, Float[Array | np.ndarray, ' M']]:
  """{'x': the grid in the data's units, 'd': sigmoid of D's logits there}."""
  logits = experiment.gan.discriminate(variables, batch, jnp.asarray(grid))['logits']
  return {'x': toy.in_data_units(experiment.config.data, grid)[:, 0], 'd': jax.nn.sigmoid(logits)}


def kernel_density(
  samples: Float[np.ndarray, ' N'], x: Float[np.ndarray, ' M'], width: float = 0.5
) -> Float[np.ndarray, ' M']:
  """The density of samples at x: Gaussian kernels, `width` times Silverman's rule wide."""
  spread = max(min(samples.std(), np.subtract(*np.quantile(samples, [0.75, 0.25])) / 1.34), 1e-3)
  bandwidth = width * 0.9 * spread * len(samples) ** -0.2
  shapes = np.exp(-0.5 * ((x[:, None] - samples) / bandwidth) ** 2)
  return shapes.mean(1) / (bandwidth * np.sqrt(2 * np.pi))


def draw(known: dict[str, Any]) -> UInt8[np.ndarray, 'H W 3']:
  """The picture: densities and D above, arrows from latents to samples below."""
  figure, axes = canvas.panels(2, 1, 6.4, 2.2, height_ratios=(3, 1))
  upper, lower = axes[:, 0]
  x, density = known['x'], toy.find(known['density'])
  p = np.exp(np.asarray(density.log_density(x[:, None])))
  upper.plot(x, p, ':', color='black', linewidth=2, label='p, the data')
  upper.plot(x, kernel_density(known['fake'][:, 0], x), '-', color='tab:green', label='$p_g$, generated')
  upper.plot(x, known['d'] * p.max(), '--', color='tab:blue', label='D, from 0 to 1')
  upper.axhline(p.max() / 2, color='tab:blue', linewidth=0.5, alpha=0.5)
  upper.set(ylim=(0, 1.6 * p.max()), xlim=(x[0], x[-1]), ylabel='density')
  upper.set_title(f'step {known["step"]:,}', fontsize=10)
  upper.legend(loc='upper right', fontsize=8, ncols=3)
  arrows(lower, known)
  lower.set(xlim=(x[0], x[-1]))
  return canvas.pixels(figure)


def arrows(axis: canvas.Axis, known: dict[str, Any]) -> None:
  """Arrows from the latents, spread over the width, up to the samples.

  Of several latents, from their projection on the direction that tells most of the samples (least squares).
  """
  samples = known['fake'][:, 0]
  direction = np.linalg.lstsq(known['latents'], samples - samples.mean())[0]
  latents = known['latents'] @ direction
  order = np.argsort(latents)[np.linspace(0, len(latents) - 1, ARROWS).astype(int)]
  low, high = known['x'][[0, -1]]
  foot = (low + high) / 2 + latents[order] / np.abs(latents).max() * (high - low) / 2
  for start, end in zip(foot, samples[order], strict=True):
    axis.annotate(
      '', (end, 1), (start, 0), arrowprops={'arrowstyle': '->', 'linewidth': 0.6, 'color': 'grey'}
    )
  axis.set(ylim=(0, 1), yticks=(0, 1), yticklabels=('latents', 'samples'))
