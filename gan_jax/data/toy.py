"""The densities of the laboratory as data: vectors [B, dim], drawn on the device, never the same twice."""

import jax
import numpy as np
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field, names
from gan_jax.data.dataset import Dataset
from gan_jax.data.densities import DENSITIES, Density

Points = Float[Array | np.ndarray, '... dim']
OPTIONS = {
  'density': Field('ring', names(DENSITIES), 'what the points are drawn from'),
  'normalize': Field(True, about='to mean 0 and deviation 1, as networks like it'),
}
SIZE = 2**30  # examples: an epoch that no run ends; a power of 4, whose order is the fastest to compute
SPLITS = {'train': 0, 'test': 1}


def make(options: ConfigDict, batch_size: int) -> Dataset:
  """The Dataset of `options.density`. Its 'image's are vectors, in unit scale if `options.normalize`."""
  if options.split not in SPLITS:
    raise errors.unknown('data.split', options.split, SPLITS)
  density = find(options.density)

  def draw(indices):
    rngs = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(SPLITS[options.split]), indices)
    points = jax.vmap(lambda rng: density.sample(rng, 1)[0])(rngs)
    return {'image': in_network_units(options, points)}

  return Dataset({}, SIZE, batch_size, (density.dim,), draw=draw, facts=(('view', 'points'),))


def find(name: str) -> Density:
  """The Density of this name. Raises UserError that lists the known ones."""
  if name not in DENSITIES:
    raise errors.unknown('density', name, DENSITIES)
  return DENSITIES[name]


def in_data_units(options: ConfigDict, points: Points) -> Points:
  """Points that a run made, of config.data `options`, in the density's own units."""
  return find(options.density).from_unit(points) if options.normalize else points


def in_network_units(options: ConfigDict, points: Points) -> Points:
  """The inverse: points of the density's own units as the networks see them."""
  return find(options.density).to_unit(points) if options.normalize else points
