"""The directions in which a generator's first weights stretch most: SeFa, in closed form.

Shen and Zhou 2021, https://arxiv.org/abs/2007.06600, sec. 3.2: of a first layer A z + b a step along n
changes the output by A n, so that the n of unit length that change it most are the eigenvectors of A^T A.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import errors
from gan_jax.gans.space import Drawn, Space, repeated

TRIES = 8  # points at which a layer is asked whether it is linear
TOLERANCE = 0.05  # of the second difference over the first, above what bfloat16 rounds


def sefa(
  space: Space, drawn: Drawn, count: int = 8
) -> tuple[Float[np.ndarray, 'K W'], Float[np.ndarray, ' K']]:
  """(unit directions, eigenvalues of A^T A), the largest first; `count` of them, or as many as there are.

  A are all layers that are linear in the points, one below the other: the first one of latents, the affine
  maps of every layer's styles; with what was first `drawn` besides. Each direction's largest number is
  positive. Raises UserError for a generator without such a layer.
  """
  chosen = linear(space, drawn)
  if not chosen:
    raise errors.UserError(f'no layer of this generator is linear in its {space.name}: it has no directions')
  width = space.shape[-1]
  steps = np.concatenate([np.zeros((1, width)), np.eye(width)]).astype(np.float32)
  outputs = layers(space)

  @jax.jit
  def gram(variables, drawn, points):
    found = outputs(variables, {**drawn, space.name: points})
    parts = [found[k].reshape(len(points), -1).astype(jnp.float32) for k in chosen]
    slopes = jnp.concatenate([part[1:] - part[:1] for part in parts], 1)
    return slopes @ slopes.T

  points = np.broadcast_to(space.mean, (width + 1, *space.shape)) + _along(space, steps)
  values, vectors = np.linalg.eigh(gram(space.sampler.variables, repeated(drawn, width + 1), points))
  directions = vectors.T[::-1][:count]
  largest = np.take_along_axis(directions, np.abs(directions).argmax(1)[:, None], 1)
  return directions * np.sign(largest), values[::-1][:count]


def linear(space: Space, drawn: Drawn) -> list[int]:
  """The places, in `layers`, of those that are linear in the points, and not constant.

  Their second differences are 0: asked at several points in random directions, of all numbers of the output.
  Raises UserError for a generator whose layers cannot be seen.
  """
  outputs, rng = layers(space), np.random.default_rng(0)
  start, step = rng.normal(size=(2, TRIES, space.shape[-1])).astype(np.float32) * space.spread
  points = np.concatenate([_along(space, start + k * step) for k in range(3)])

  @jax.jit
  def differences(variables, drawn, points):
    found = []
    for output in outputs(variables, {**drawn, space.name: points}):
      thirds = output.astype(jnp.float32).reshape(3, -1)
      first, second = jnp.diff(thirds, axis=0), jnp.diff(thirds, n=2, axis=0)
      found.append((jnp.linalg.norm(first), jnp.linalg.norm(second)))
    return found

  points = np.broadcast_to(space.mean, (3 * TRIES, *space.shape)) + points
  try:
    found = differences(space.sampler.variables, repeated(drawn, 3 * TRIES), points)
  except jax.errors.UnexpectedTracerError:
    raise errors.UserError(
      'the layers of this generator run within a transformation, such as nn.remat: its directions cannot be'
      ' seen'
    ) from None
  return [k for k, (first, second) in enumerate(found) if first > 0 and second < TOLERANCE * first]


def layers(space: Space) -> Callable[[Any, Drawn], list[Array]]:
  """(variables, drawn) -> the outputs [N, ...] of all layers with weights, in the order in which they run.

  They are modules of flax that have a matrix or kernel of their own.
  """

  def outputs(variables, drawn):
    count, found = len(next(iter(drawn.values()))), []

    def note(call, arguments, named, context):
      output = call(*arguments, **named)
      seen = context.method_name == '__call__' and isinstance(output, jax.Array)
      if seen and not _repeated(context.module):
        own = context.module.variables.get('params', {}).values()
        if any(getattr(weights, 'ndim', 0) >= 2 for weights in own) and output.shape[:1] == (count,):
          found.append(output)
      return output

    with nn.intercept_methods(note):
      space.sampler.images_of(variables, drawn)
    return found

  return outputs


def _repeated(module):
  """Whether a layer is a part of a recurrent cell, which runs within a scan."""
  while isinstance(module, nn.Module):
    if isinstance(module, nn.RNNCellBase):
      return True
    module = module.parent
  return False


def _along(space, steps):
  """Steps [N, W] as differences of points, the same in all layers of styles."""
  return steps.reshape(len(steps), *[1] * (len(space.shape) - 1), space.shape[-1])
