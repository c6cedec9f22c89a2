"""The value of the game over steps, and the divergence that it estimates."""

import math

import numpy as np
from jaxtyping import UInt8
from ml_collections import ConfigDict

from gan_jax.views import canvas, curves

LOG_LOSSES = ('minimax', 'non_saturating')  # whose D minimises -V


def draw(config: ConfigDict, rows: list[dict[str, float]]) -> UInt8[np.ndarray, 'H W 3'] | None:
  """The picture, or None if the run's losses are not the logarithms that V is made of.

  V(D, G) = E log D(real) + E log(1 - D(fake)). At the best D it is 2 JSD(p, p_g) - log 4 (Goodfellow et al.
  2014, thm. 1); at any other D less, so that the estimate (V + log 4) / 2 lies below the divergence.
  """
  points = [(row['step'], -row['d/real_loss'] - row['d/fake_loss']) for row in rows if 'd/real_loss' in row]
  if config.loss not in LOG_LOSSES or config.label_smoothing or not points:
    return None
  steps, values = np.array(points).T
  figure, ((left, right),) = canvas.panels(1, 2, 5.0, 3.4)
  series = (left, values, -math.log(4), 'V(D, G)', '-log 4: the value where $p_g = p$')
  other = (right, (values + math.log(4)) / 2, 0.0, 'estimate of the JSD (nats)', '0: equal; log 2: apart')
  for axis, some, level, name, meaning in (series, other):
    axis.plot(steps, some, linewidth=0.6, alpha=0.3, color=canvas.FAKE)
    axis.plot(steps, curves.smooth(some), color=canvas.FAKE)
    axis.axhline(level, color='black', linestyle=':', label=meaning)
    axis.set(xlabel='step', ylabel=name)
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8)
  right.axhline(math.log(2), color='black', linestyle=':', linewidth=0.7)
  return canvas.pixels(figure)
