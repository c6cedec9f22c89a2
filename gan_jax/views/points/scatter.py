"""Real and generated points while a run learns: a frame of its animation."""

import math
import textwrap
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, UInt8

from gan_jax.data import toy
from gan_jax.data.dataset import Dataset
from gan_jax.devices import compilation
from gan_jax.gans import contract
from gan_jax.gans.contract import Variables
from gan_jax.views import canvas
from gan_jax.views.points import line


def snapshot(experiment: Any, dataset: Dataset) -> Callable[[Any], dict[str, Any]]:
  """state -> what `draw` shows of it, in the data's units, always of the same latents and real points.

  {'real' [N, dim], 'fake' [N, dim] or [P, N, dim] of P copies, 'names' of these, ...}; of one dimension
  line.arrays besides.
  """
  config = experiment.config
  count, rng = config.sample.num, jax.random.fold_in(jax.random.key(config.seed), 2**31 - 1)
  real = dataset.examples(np.arange(count))
  grid = line.grid(real['image']) if real['image'].shape[1] == 1 else None

  def arrays(state, real):
    variables = contract.averaged(state)
    batch, fakes = contract.sample(experiment.gan, variables, real, rng)
    known = {'fake': toy.in_data_units(config.data, fakes['image'])}
    if grid is not None:
      known |= {'latents': batch['latents'], **line.arrays(experiment, variables, batch, grid)}
    return known

  compiled = jax.jit(experiment.each(arrays))
  shared = {'real': np.asarray(toy.in_data_units(config.data, real['image'])), 'density': config.data.density}
  shared['names'] = experiment.names
  return lambda state: {**jax.device_get(compiled(state, real)), **shared, 'step': int(state.step)}


def draw(known: dict[str, Any]) -> UInt8[np.ndarray, 'H W 3']:
  """The frame: real beside generated points, or small multiples of several copies."""
  if known['fake'].ndim == 3:
    return multiples(known)
  if known['fake'].shape[1] == 1:
    return line.draw(known)
  figure, ((left, right),) = canvas.panels(1, 2)
  bounds = canvas.limits(known['real'])
  canvas.scatter(left, known['real'], canvas.REAL)
  canvas.frame(left, bounds, f'real ({known["density"]})')
  canvas.scatter(right, known['fake'], canvas.FAKE)
  canvas.frame(right, bounds, f'generated, step {known["step"]:,}')
  return canvas.pixels(figure)


def multiples(known: dict[str, Any], most: int = 25) -> UInt8[np.ndarray, 'H W 3']:
  """A panel for each copy, generated points over real ones; of one dimension, both densities."""
  fakes, names = known['fake'][:most], known['names']
  columns = 5 if len(fakes) % 5 == 0 else min(5, math.ceil(math.sqrt(len(fakes))))
  figure, axes = canvas.panels(-(-len(fakes) // columns), columns, 2.2, sharex=True, sharey=True)
  bounds = canvas.limits(known['real'])
  for axis, points, name in zip(axes.flat, fakes, names, strict=False):
    title = textwrap.fill(name, 32)
    if points.shape[1] == 1:
      bins = np.linspace(*bounds[0], 60)
      axis.hist(known['real'][:, 0], bins, density=True, color=canvas.REAL, alpha=0.4)
      axis.hist(points[:, 0], bins, density=True, color=canvas.FAKE, histtype='step')
      axis.set_title(title, fontsize=8)
      continue
    canvas.scatter(axis, known['real'], canvas.REAL, size=2, alpha=0.25)
    canvas.scatter(axis, points, canvas.FAKE, size=2)
    canvas.frame(axis, bounds, title)
    axis.title.set_fontsize(8)
  for axis in axes.flat[len(fakes) :]:
    axis.axis('off')
  shown = f', the first {most} of {len(names)} copies' if len(names) > most else ''
  figure.suptitle(f'{known["density"]}, step {known["step"]:,}: real and generated{shown}', fontsize=10)
  return canvas.pixels(figure)


def fakes(
  experiment: Any, variables: Variables, rng: PRNGKeyArray, count: int
) -> Float[Array, '{count} dim']:
  """`count` generated points, in the network's units."""
  return contract.sample(experiment.gan, variables, experiment.spec.like(count), rng)[1]['image']


def generate(experiment: Any, state: Any, count: int, seed: int = 3) -> Float[Array, '{count} dim']:
  """`count` points of the run's average G, in the data's units."""
  points = compilation.once(lambda variables: fakes(experiment, variables, jax.random.key(seed), count))
  return toy.in_data_units(experiment.config.data, points(contract.averaged(state)))
