"""The smallest games that GANs play: where descent goes, and what R1 and instance noise change.

The data are one point at 0, G is one number theta, D(x) = psi * x: the Dirac-GAN of Mescheder et al. 2018,
def. 2.1, https://arxiv.org/abs/1801.04406. With the Wasserstein loss it is the bilinear game theta * psi.
Both have their equilibrium at (0, 0). Losses and penalties are those that train the networks.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8

from gan_jax import losses, regularizers
from gan_jax.devices import compilation
from gan_jax.views import canvas

Scalar = Float[Array, '']
RATE, STEPS, START, EDGE = 0.1, 300, (1.0, 1.0), 2.2
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(16)  # of an expectation over a standard normal
GAMES = {'bilinear game': losses.wasserstein, 'Dirac-GAN': losses.minimax}
WAYS = {  # (R1's weight, instance noise, whether D moves first)
  'simultaneous': (0.0, 0.0, False),
  'alternating': (0.0, 0.0, True),
  'alternating, R1': (1.0, 0.0, True),
  'alternating, noise': (0.0, 0.7, True),
}


def gradients(loss: Any, gamma: float, sigma: float, theta: Scalar, psi: Scalar) -> tuple[Scalar, Scalar]:
  """(d g_loss / d theta, d d_loss / d psi) of a class of `losses`: what each side descends."""
  nodes, weights = (NODES, WEIGHTS / WEIGHTS.sum()) if sigma else (np.zeros(1), np.ones(1))
  critic = lambda psi, x: psi * x

  def expected(side, theta, psi):
    logits = lambda x: critic(psi, jnp.atleast_1d(x))
    values = jax.vmap(lambda noise: side(logits(noise), logits(theta + noise)))(jnp.asarray(sigma * nodes))
    return jnp.asarray(weights) @ values

  def d_loss(psi):
    penalty = regularizers.r1(functools.partial(critic, psi), jnp.zeros(1))
    return expected(loss.discriminator, theta, psi) + gamma * penalty

  g_loss = lambda theta: expected(loss.generator, theta, psi)
  return jax.grad(g_loss)(theta), jax.grad(d_loss)(psi)


def trajectory(loss: Any, gamma: float, sigma: float, alternating: bool) -> Float[Array, 'N 2']:
  """The points (theta, psi) of descent from START, STEPS + 1 of them."""

  def move(point, _):
    theta, psi = point
    of_theta, of_psi = gradients(loss, gamma, sigma, theta, psi)
    psi = psi - RATE * of_psi
    if alternating:
      of_theta, _ = gradients(loss, gamma, sigma, theta, psi)
    return (theta - RATE * of_theta, psi), jnp.stack(point)

  start = tuple(map(jnp.float32, START))
  end, path = jax.lax.scan(move, start, length=STEPS)
  return jnp.concatenate([path, jnp.stack(end)[None]])


def draw() -> UInt8[np.ndarray, 'H W 3']:
  """The picture: a row for each game, a column for each way of playing it."""
  figure, axes = canvas.panels(len(GAMES), len(WAYS), 2.9, sharex=True, sharey=True)
  line = np.linspace(-EDGE, EDGE, 13, dtype=np.float32)
  theta, psi = np.meshgrid(line, line)
  for row, (game, loss) in zip(axes, GAMES.items(), strict=True):
    for axis, (way, (gamma, sigma, alternating)) in zip(row, WAYS.items(), strict=True):
      field_of = jax.vmap(functools.partial(gradients, loss, gamma, sigma))
      field = compilation.once(field_of)(theta.ravel(), psi.ravel())
      axis.quiver(theta, psi, *(-np.asarray(part).reshape(theta.shape) for part in field), color='silver')
      path = compilation.once(functools.partial(trajectory, loss, gamma, sigma, alternating))()
      axis.plot(*path.T, linewidth=1, color=canvas.FAKE)
      axis.plot(*path[0], 'o', color='black', markersize=4)
      axis.plot(*path[-1], 's', color=canvas.REAL, markersize=5)
      axis.plot(0, 0, '+', color='black')
      canvas.frame(axis, [(-EDGE, EDGE)] * 2, f'{game}, {way}')
  for axis in axes[-1]:
    axis.set_xlabel(r"$\theta$: G's point")
  for axis in axes[:, 0]:
    axis.set_ylabel(r"$\psi$: D's gradient")
  return canvas.pixels(figure)
