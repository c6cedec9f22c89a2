"""The latents, or styles, of which a trained generator makes a given image, found by gradient descent.

Karras et al. 2020, https://arxiv.org/abs/1912.04958, app. D: from the mean style, by Adam with a ramped rate
and noise that fades. Abdal et al. 2019, https://arxiv.org/abs/1904.03189: the styles of each layer on their
own. Other starts besides the mean are those of random ones whose images are likest; the best is kept.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Float

from gan_jax import errors
from gan_jax.devices import compilation
from gan_jax.gans.sampler import Sampler
from gan_jax.gans.space import Space
from gan_jax.inference import resemblance

STEPS, STARTS = 500, 4
RATE = 0.1  # of Adam at its highest, in spreads
WARMUP, COOLDOWN = 0.05, 0.25  # shares of the steps in which the rate rises, and falls
NOISE, NOISY = 0.05, 0.75  # of a point at first, in spreads; the share of the steps in which it fades
CANDIDATES, PSI = 256, 0.5  # of which the starts are chosen; how far they are from the mean, of 1
FEATURES = 0.1  # weight of what D sees, beside pixels
KEPT = (0.0, 0.05, 0.2, 0.5)  # shares of the steps at which images on the way are kept

Image = Float[np.ndarray, 'H W C']


class Projection(NamedTuple):
  """What was found for an image."""

  drawn: dict[str, np.ndarray]  # all that G is given, {name: [1, ...]}: `Sampler.generate` makes the image
  image: Image
  between: dict[str, Image]  # {'step 25': the image on the way there}
  distances: dict[str, float]


class Projector:
  """`projector(image)`: the Projection of an image [H, W, C] in [-1, 1]; compiled once for all images."""

  def __init__(
    self,
    sampler: Sampler,
    steps: int = STEPS,
    starts: int = STARTS,
    seed: int = 0,
    features: float = FEATURES,
  ):
    """What else G is asked for is what the sampler draws; `features` weighs D's beside pixels.

    Raises UserError for a generator of anything but images of latents, and for less than one step or start.
    """
    for name, value in (('steps', steps), ('starts', starts)):
      if value < 1:
        raise errors.UserError(f'--{name}={value}: must be at least 1')
    self.shape = sampler.spec.shape(sampler.gan.presentation.output)
    if len(self.shape) != 3:
      raise errors.UserError(f'only images are projected, and this run makes arrays of {list(self.shape)}')
    self.space, self.steps, self._starts, self._weight = Space(sampler), steps, starts, features
    self._key, self._candidates = jax.random.key(seed), sampler.draw(max(CANDIDATES, starts), seed)
    self._adam, few = optax.scale_by_adam(), {name: some[:starts] for name, some in self._candidates.items()}
    self._see = resemblance.of_discriminator(sampler.gan, sampler.variables, few, self.shape)
    points, image = self.space.points(few), np.zeros(self.shape, np.float32)
    given = sampler.variables, few, points, self._adam.init(points), image, self._key, 0.0, 0.0
    cost = compilation.operations(self._moved, *given)
    self._move = jax.jit(self._moved, compiler_options=compilation.compiler_options(cost))
    self._measure = jax.jit(self._distances)

  def __call__(self, image: Image, progress: Callable[[], Any] = lambda: None) -> Projection:
    """The best of all starts; `progress` is called after each step. Raises UserError if none comes to one."""
    image, variables = np.asarray(image, np.float32), self.space.sampler.variables
    drawn, points = self._begin(image)
    state, way = self._adam.init(points), {}
    for step in range(self.steps):
      if step in {int(share * self.steps) for share in KEPT}:
        way[f'step {step}'] = points
      rng, (rate, noise) = jax.random.fold_in(self._key, step), schedule((step + 0.5) / self.steps)
      size = self.space.spread
      points, state = self._move(variables, drawn, points, state, image, rng, rate * size, noise * size)
      points.block_until_ready()
      progress()
    found = jax.device_get(self._measure(variables, drawn, points, image))
    return self._best(drawn, np.asarray(points), way, found)

  def _begin(self, image):
    """(drawn, points) [starts, ...]: the mean, then those of many candidates whose images are likest.

    The mean has the conditions of the first of these; so all are of classes, say, that the image may have.
    """
    points = self.space.truncated(self.space.points(self._candidates), PSI)
    made = self.space.images(self._candidates, points)
    order = np.argsort(np.asarray(resemblance.pixels(made, image)), kind='stable')
    chosen = [order[0], *order[: self._starts - 1]]
    points = np.array(points[chosen], np.float32)
    points[0] = self.space.mean
    return {name: value[np.array(chosen)] for name, value in self._candidates.items()}, points

  def _best(self, drawn, points, way, found):
    """The Projection of the start that came nearest."""
    if not np.isfinite(found['distance']).any():
      raise errors.UserError('no start came to an image: G gives numbers that are not finite')
    best = int(np.nanargmin(found['distance']))
    only = {name: value[best : best + 1] for name, value in drawn.items()}
    image_of = lambda some: self.space.images(only, np.asarray(some)[best : best + 1])[0]
    distances = {name: float(value[best]) for name, value in found.items()}
    distances |= {'psnr': resemblance.psnr(distances['squared_error']), 'start': best}
    away = np.sqrt(np.square(points[best] - self.space.mean).mean()) / max(self.space.spread, 1e-12)
    distances['spreads_from_the_mean'] = float(away)
    between = {name: image_of(some) for name, some in way.items()}
    only[self.space.name] = points[best : best + 1]
    return Projection(only, image_of(points), between, distances)

  def _moved(self, variables, drawn, points, state, image, rng, rate, noise):
    """(points, state of Adam) after a step."""
    noisy = points + noise * jax.random.normal(rng, points.shape)
    total = lambda points: self._distances(variables, drawn, points, image)['distance'].sum()
    updates, state = self._adam.update(jax.grad(total)(noisy), state)
    return points - rate * updates, state

  def _distances(self, variables, drawn, points, image):
    """{name: [N]} of what G makes of points [N, ...]; 'distance' is what is made small."""
    images = self.space.sampler.images_of(variables, {**drawn, self.space.name: points})
    found = {'squared_error': jnp.square(images - image).mean((1, 2, 3))}
    found['distance'] = resemblance.pixels(images, image)
    if self._see and self._weight:
      other = self._see(variables, drawn, jnp.broadcast_to(image, images.shape))
      found['features'] = resemblance.relative(self._see(variables, drawn, images), other)
      found['distance'] += self._weight * found['features']
    return found


def schedule(share: float) -> tuple[float, float]:
  """(rate of Adam, standard deviation of the noise), in spreads, after a share of the steps, in [0, 1].

  The rate rises linearly and falls by a cosine; the noise falls by a square.
  """
  falling = 0.5 - 0.5 * math.cos(math.pi * min(1.0, (1 - share) / COOLDOWN))
  rate = RATE * falling * min(1.0, share / WARMUP)
  return rate, NOISE * max(0.0, 1 - share / NOISY) ** 2
