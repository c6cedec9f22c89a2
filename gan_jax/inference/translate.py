"""A trained network from images to images, over a folder: each comes out in its own size, by its own name."""

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from gan_jax import errors
from gan_jax.data import folder
from gan_jax.data.dataset import is_images, to_float, to_uint8
from gan_jax.data.decoding import images
from gan_jax.devices import compilation
from gan_jax.inference import sample
from gan_jax.training import experiment, step


class Translator:
  """`translator(image)`: uint8 [H, W, C] to uint8 [H', W', C'], of any H and W, compiled for each size."""

  def __init__(self, made, variables, seed=0, back=False):
    """`back` takes the second way of a game that has two. Raises UserError if it has none."""
    ways = list(made.gan.translates.items())
    if len(ways) <= back:
      raise errors.UserError(
        f'{made.config.gan.name} has no way back: leave --back out'
        if ways
        else f'{made.config.gan.name} makes images of latents, not of images: use --mode=sample'
      )
    self.given, self.made = ways[back]
    self.config, self._experiment, self._variables = made.config, made, variables
    self._rng = jax.random.key(seed)
    self.drawn = jax.eval_shape(made.gan.draw, self._rng, made.spec)
    self.channels = {**made.spec, **self.drawn}[self.given].shape[-1]
    self._program = functools.cache(self._program)

  def __call__(self, image, **instead):
    """The translation of an image; `instead` of what the GAN draws: its 'mask', the attributes 'wanted'."""
    inputs = {name: jnp.asarray(value)[None] for name, value in instead.items()}
    inputs[self.given] = to_float(jnp.asarray(image)[None])
    return np.asarray(self._program(image.shape[:2], frozenset(inputs))(self._variables, inputs)[0])

  def _program(self, size, known):
    """(variables, inputs) -> uint8 [1, H', W', C'] for images of a size; `known` are the inputs' names."""
    spec = {name: self._like(name, size) for name in self._experiment.spec}
    gan = experiment.make_one(self.config, spec).gan

    def translate(variables, inputs):
      draw_rng, play_rng = jax.random.split(self._rng)
      data = {**experiment.zeros(spec), **{name: inputs[name] for name in known if name in spec}}
      drawn = {**gan.draw(draw_rng, data), **{name: inputs[name] for name in known if name in self.drawn}}
      fakes, _ = gan.generate(variables, step.join(data, drawn, 0), play_rng, train=False)
      return to_uint8(fakes[self.made])

    program = jax.jit(translate)  # so that it is traced once
    cost = compilation.operations(program, self._variables, {name: self._like(name, size) for name in known})
    return jax.jit(program, compiler_options=compilation.compiler_options(cost))

  def _like(self, name, size):
    """The shape of one input where the given images have this size: images have one in proportion."""
    known = {**self._experiment.spec, **self.drawn}
    (_, *shape), given = known[name].shape, known[self.given].shape
    if is_images(known[name]):
      shape[:2] = (side * shape[axis] // given[axis + 1] for axis, side in enumerate(size))
    return jax.ShapeDtypeStruct((1, *shape), known[name].dtype)


def load(folder, seed=0, back=False):
  """The Translator of a run folder, from its last checkpoint. Raises UserError."""
  one, state = experiment.load(folder)
  return Translator(one, step.averaged(state), seed, back)


def write(translator, source, out, mask='', attributes=None):
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
    file.parent.mkdir(parents=True, exist_ok=True)
    sample.save(file, translator(image, **wanted, **holes))
  if bad:
    print(f'passed over {len(bad)} of {len(found)} files that cannot be read: {", ".join(bad[:3])}')
  return len(found) - len(bad)


def listed(source):
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


def stem(name):
  """A file's name, with its folders, without the suffix."""
  return name.rpartition('.')[0]


def hole(path, name, shape):
  """The mask [H, W, 1] of 0 and 1 of an image of `shape`: the file `path`, or that of its name below it."""
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


def vector(translator, wanted):
  """{'wanted': attributes [K] of 0 and 1}, of which those `wanted`, by name, are 1; {} for None.

  Raises UserError for attributes that are missing, or that the GAN does not know.
  """
  known = list(translator.config.data.attributes) if 'wanted' in translator.drawn else []
  if known and wanted is None:
    raise errors.UserError(f'which attributes? --attributes= and some of {", ".join(known)}')
  for name in wanted or ():
    if name not in known:
      raise errors.unknown('attribute in --attributes', name, known or ['none for this GAN'])
  return {} if wanted is None else {'wanted': np.array([name in wanted for name in known], np.float32)}
