"""Images from trained generators: fixed grids while training, any number of files, and a Python call."""

import concurrent.futures
import math

import jax
import numpy as np
from PIL import Image
from tqdm import tqdm

from gan_jax import errors
from gan_jax.data import toy
from gan_jax.data.dataset import to_uint8
from gan_jax.devices import compilation
from gan_jax.training import experiment, step

BATCH = 128  # images made at a time


class Sampler:
  """A trained generator: `sampler(latents)` is its images, float32 numpy [N, H, W, C] in [-1, 1]."""

  def __init__(self, made, variables):
    self.config, self.gan, self._spec, self._variables = made.config, made.gan, made.spec, variables
    self._draw = jax.jit(lambda rng: made.gan.draw(rng, experiment.zeros(made.spec, BATCH)))
    cost = compilation.operations(self._fakes, variables, jax.eval_shape(self._draw, jax.random.key(0)))
    self._generate = jax.jit(self._fakes, compiler_options=compilation.compiler_options(cost))

  @property
  def example(self):
    """The shape of an image, (H, W, C), or (dim,) of a point."""
    return self._spec['image'].shape[1:]

  def __call__(self, latents):
    """Images of these latents [N, latent_dim], with G's averaged params."""
    return self.generate({'latents': np.asarray(latents, np.float32)})

  def latents(self, count, seed=0):
    """Latents [count, latent_dim] from the config's law; the first n are the same for any count."""
    return self.draw(count, seed)['latents']

  def draw(self, count, seed=0, start=0):
    """All that the generator is given, {name: [count, ...]}, from draw `start`, a multiple of BATCH."""
    blocks = range(start // BATCH, -(-(start + count) // BATCH))
    rngs = [jax.random.fold_in(jax.random.key(seed), block) for block in blocks]
    parts = jax.device_get([self._draw(rng) for rng in rngs])
    return {name: np.concatenate([part[name] for part in parts])[:count] for name in parts[0]}

  def generate(self, drawn):
    """Images of what `draw` gave, or of what the caller put in its place."""
    count = len(next(iter(drawn.values())))
    parts = []
    for start in range(0, count, BATCH):
      part = {name: value[start : start + BATCH] for name, value in drawn.items()}
      short = BATCH - min(BATCH, count - start)
      part = {name: np.pad(value, [(0, short)] + [(0, 0)] * (value.ndim - 1)) for name, value in part.items()}
      parts.append(self._generate(self._variables, part))
    return np.concatenate(jax.device_get(parts))[:count]

  def _fakes(self, variables, drawn):
    batch = step.join(experiment.zeros(self._spec, BATCH), drawn, 0)
    return self.gan.generate(variables, batch, jax.random.key(0), train=False)[0]['image']


def load(folder, at=None):
  """The Sampler of a run folder, from its last checkpoint or that of step `at`. Raises UserError.

  Of a population it is the first copy's.
  """
  one, state = experiment.load(folder, at)
  if one.gan.translates:
    raise errors.UserError(
      f'{one.config.gan.name} makes images of images, not of latents: use --mode=translate'
    )
  return Sampler(one, step.averaged(state))


def write(sampler, count, out, seed=0):
  """Writes `count` images: PNG files in the folder `out`, or one uint8 array 'images' if it ends in .npz."""
  if count < 1:
    raise errors.UserError(f'--num_samples={count}: must be at least 1')
  if len(sampler.example) == 1:
    return write_points(sampler, count, out, seed)
  single = out.suffix == '.npz'
  (out.parent if single else out).mkdir(parents=True, exist_ok=True)
  digits, kept = max(6, math.ceil(math.log10(count + 1))), []
  with concurrent.futures.ThreadPoolExecutor() as pool, tqdm(total=count, unit='image') as bar:
    for start in range(0, count, 8 * BATCH):
      some = min(8 * BATCH, count - start)
      pixels = np.asarray(to_uint8(sampler.generate(sampler.draw(some, seed, start))))
      if single:
        kept.append(pixels)
      else:
        files = [out / f'{start + i:0{digits}d}.png' for i in range(some)]
        list(pool.map(save, files, pixels))
      bar.update(some)
  if single:
    np.savez_compressed(out, images=np.concatenate(kept))


def write_points(sampler, count, out, seed):
  """Writes points in the data's units: points.csv in the folder `out`, or the array 'points' in an .npz."""
  points = toy.in_data_units(sampler.config.data, sampler.generate(sampler.draw(count, seed)))
  if out.suffix == '.npz':
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, points=points)
  else:
    out.mkdir(parents=True, exist_ok=True)
    np.savetxt(out / 'points.csv', points, '%.8g', ',')


def save(file, pixels):
  """Writes one image, uint8 [H, W, 1 or 3 or 4], as PNG."""
  Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, compress_level=1)
