"""A trained network from images to images, of any size, and over a folder of them."""

import dataclasses
import functools
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, UInt8
from tqdm import tqdm

from gan_jax import errors, gans
from gan_jax.data import folder
from gan_jax.data.dataset import is_images, to_float, to_uint8
from gan_jax.data.decoding import images
from gan_jax.devices import compilation
from gan_jax.gans import contract
from gan_jax.runs import files
from gan_jax.training import setup
from gan_jax.training.experiment import Experiment


class Translator:
  """`translator(image)`: uint8 [H, W, C] to uint8 [H', W', C'], of any H and W, compiled for each size."""

  def __init__(
    self, experiment: Experiment, variables: contract.Variables, seed: int = 0, back: bool = False
  ):
    """`back` takes the second way of a game that has two. Raises UserError if it has none."""
    self.config, self.spec, gan = experiment.config, experiment.spec, experiment.gan
    self.input, self.output = way(gan, self.config.gan.name, back)
    self._variables, self._rng = variables, jax.random.key(seed)
    self.drawn = jax.eval_shape(gan.draw, self._rng, self.spec.like())
    self._known = {**self.spec.batch, **self.drawn}
    self.channels = self._known[self.input].shape[-1]
    self._program = functools.cache(self._program)

  def __call__(self, image: UInt8[np.ndarray, 'H W C'], **asked: Any) -> UInt8[np.ndarray, 'H2 W2 C2']:
    """The translation of an image; `asked` takes the place of what is drawn: 'mask', attributes 'wanted'."""
    inputs = {name: jnp.asarray(value)[None] for name, value in asked.items()}
    inputs[self.input] = to_float(jnp.asarray(image)[None])
    return np.asarray(self._program(image.shape[:2], frozenset(inputs))(self._variables, inputs)[0])

  def _program(self, size, given):
    """(variables, inputs) -> uint8 [1, H', W', C'] for images of a size; `given` are the inputs' names."""
    spec = dataclasses.replace(self.spec, batch={name: self._like(name, size) for name in self.spec.batch})
    gan = gans.make(self.config, spec)

    def translate(variables, inputs):
      draw_rng, play_rng = jax.random.split(self._rng)
      data = {**spec.zeros(), **{name: inputs[name] for name in given if name in spec}}
      asked = {name: inputs[name] for name in given if name in self.drawn}
      drawn = {**gan.draw(draw_rng, data), **asked}
      return to_uint8(contract.sample(gan, variables, data, play_rng, drawn)[1][self.output])

    program = jax.jit(translate)  # so that it is traced once
    cost = compilation.operations(program, self._variables, {name: self._like(name, size) for name in given})
    return jax.jit(program, compiler_options=compilation.compiler_options(cost))

  def _like(self, name, size):
    """The shape of one input where the given images have this size: images have one in proportion."""
    (_, *shape), given = self._known[name].shape, self._known[self.input].shape
    if is_images(self._known[name]):
      shape[-3:-1] = (side * shape[axis] // given[axis + 1] for axis, side in enumerate(size))
    return jax.ShapeDtypeStruct((1, *shape), self._known[name].dtype)


def way(gan: gans.GAN, name: str, back: bool) -> tuple[str, str]:
  """(what is given, what comes out) by the GAN `name`, or `back` again. Raises UserError."""
  there, *back_again = [*gan.presentation.translates.items(), None]
  if there is None:
    raise errors.UserError(f'{name} makes images of latents, not of images: use --mode=sample')
  if back and back_again == [None]:
    raise errors.UserError(f'{name} has no way back: leave --back out')
  return back_again[0] if back else there


def load(folder: str | Path, seed: int = 0, back: bool = False) -> Translator:
  """The Translator of a run folder, from its last checkpoint. Raises UserError."""
  experiment, state = setup.load(folder)
  return Translator(experiment, contract.averaged(state), seed, back)


def write(
  translator: Translator,
  source: str | Path,
  out: Path,
  mask: str | Path = '',
  attributes: list[str] | None = None,
) -> int:
  """Writes a PNG file in the folder `out` for the image `source`, or for each below the folder `source`.

  `mask` is an image, or a folder with one for each image by its name, light where it is missing;
  `attributes` are the names of those that the images are to have, no others. Returns how many were written,
  and says which files are no images. Raises UserError.
  """
  root, found = listed(source)
  wanted = vector(translator, attributes)
  if mask and 'mask' not in translator.drawn:
    raise errors.UserError(f'{translator.config.gan.name} fills nothing in: leave --mask out')
  bad = []
  for name in tqdm(found, unit='image', disable=None):
    try:
      image = images.whole(root / name, translator.channels)
    except images.BadImage:
      bad.append(name)
      continue
    holes = {'mask': hole(Path(mask), name, image.shape)} if mask else {}
    file = (out / name).with_suffix('.png')
    files.save_png(file, translator(image, **wanted, **holes), fast=True)
  if bad:
    print(f'passed over {len(bad)} of {len(found)} files that cannot be read: {", ".join(bad[:3])}')
  return len(found) - len(bad)


def listed(source: str | Path) -> tuple[Path, list[str]]:
  """(folder, names of the images in it) of a folder, or of one file. Raises UserError if there are none."""
  path = Path(source).expanduser()
  if path.is_file():
    return path.parent, [path.name]
  if not source or not path.is_dir():
    raise errors.UserError(f'--input={source} is neither a folder nor a file: which images?')
  found = list(folder.scan(path))
  if not found:
    raise errors.UserError(f'{path} holds no images ({" ".join(images.SUFFIXES)}): set --input')
  seen = {}
  for name in found:
    other = seen.setdefault(stem(name), name)
    if other != name:
      raise errors.UserError(
        f'{path}: {other} and {name} would both become {Path(name).stem}.png: rename one'
      )
  return path, found


def stem(name: str) -> str:
  """A file's name, with its folders, without the suffix."""
  return name.rpartition('.')[0]


def hole(path: Path, name: str, shape: tuple[int, ...]) -> Float[np.ndarray, 'H W 1']:
  """The mask of 0 and 1 of an image of `shape`: the file `path`, or that of its name below it."""
  file = path
  if path.is_dir():
    same = [other for other in folder.scan(path) if stem(other) == stem(name)]
    file = path / (same[0] if same else name)
  if not file.is_file():
    raise errors.UserError(f'--mask: {file} is not there')
  found = images.whole(file, 1)
  if found.shape[:2] != shape[:2]:
    there, here = ('x'.join(map(str, some[:2])) for some in (found.shape, shape))
    raise errors.UserError(f'the mask {file} is {there} (height x width), but {name} is {here}')
  return (found > 127).astype(np.float32)


def vector(translator: Translator, wanted: list[str] | None) -> dict[str, np.ndarray]:
  """{'wanted': attributes [K] of 0 and 1}, of which those `wanted`, by name, are 1; {} for None.

  Raises UserError for attributes that are missing, or that the GAN does not know.
  """
  known = list(translator.spec.attribute_names) if 'wanted' in translator.drawn else []
  if known and wanted is None:
    raise errors.UserError(f'which attributes? --attributes= and some of {", ".join(known)}')
  for name in wanted or ():
    if name not in known:
      raise errors.unknown('attribute in --attributes', name, known or ['none for this GAN'])
  return {} if wanted is None else {'wanted': np.array([name in wanted for name in known], np.float32)}
