"""A trained network from images to images, of any size."""

import dataclasses
import functools
from typing import Any

import jax
import numpy as np
from jaxtyping import UInt8

from gan_jax import errors, gans
from gan_jax.data.dataset import is_images, to_float, to_uint8
from gan_jax.devices import compilation
from gan_jax.gans import contract
from gan_jax.training.experiment import Experiment

Size = tuple[int, int]  # (height, width)


class Translator:
  """`translator(image)`: uint8 [H, W, C] to uint8 [H', W', C'], of any H and W, compiled for each size."""

  def __init__(
    self, experiment: Experiment, variables: contract.Variables, seed: int = 0, back: bool = False
  ):
    """`back` takes the second way of a game that has two. Raises UserError if it has none."""
    self.config, self.spec, gan = experiment.config, experiment.spec, experiment.gan
    self.input, self.output = way(gan, self.config.gan.name, back)
    self._variables, (self._draw_rng, self._rng) = variables, jax.random.split(jax.random.key(seed))
    self.drawn = jax.eval_shape(gan.draw, self._rng, self.spec.like())
    self._known = {**self.spec.batch, **self.drawn}
    shape = self._known[self.input].shape
    self.size, self.channels = shape[1:3], shape[3]  # of the images that it was trained with
    self._draw, self._program = functools.cache(self._draw), functools.cache(self._program)

  def __call__(
    self, image: UInt8[np.ndarray, 'H W C'], size: Size | None = None, **asked: Any
  ) -> UInt8[np.ndarray, 'H2 W2 C2']:
    """The translation of an image; `asked` takes the place of what is drawn: 'mask', attributes 'wanted'.

    With a `size`, of no side below the image's, it is computed at that: the image goes on as in a mirror, and
    what is made of that part is cut off. Raises UserError for images of other channels.
    """
    if image.ndim != 3 or image.shape[-1] != self.channels:
      raise errors.UserError(f'an image is [H, W, {self.channels}] here, not {list(image.shape)}')
    inputs = {self.input: to_float(image), **asked}
    inputs = {name: np.asarray(value)[None] for name, value in inputs.items()}
    if set(self.drawn) - set(inputs):
      inputs = {**jax.device_get(self._draw(image.shape[:2])(inputs)), **inputs}
    size = tuple(size or image.shape[:2])
    inputs = {name: mirrored(value, self._like(name, size).shape) for name, value in inputs.items()}
    made = np.asarray(self._program(size, frozenset(inputs))(self._variables, inputs)[0])
    height, width = (made.shape[axis] * image.shape[axis] // size[axis] for axis in (0, 1))
    return made[:height, :width]

  def _draw(self, size):
    """inputs -> what the game draws for an image of a size."""
    gan, spec = self._game(size)
    return jax.jit(lambda inputs: gan.draw(self._draw_rng, self._data(spec, inputs)))

  def _program(self, size, given):
    """(variables, inputs) -> uint8 [1, H', W', C'] for images of a size; `given` are the inputs' names."""
    gan, spec = self._game(size)

    def translate(variables, inputs):
      drawn = {name: inputs[name] for name in self.drawn}
      fakes = contract.sample(gan, variables, self._data(spec, inputs), self._rng, drawn)[1]
      return to_uint8(fakes[self.output])

    program = jax.jit(translate)  # so that it is traced once
    cost = compilation.operations(program, self._variables, {name: self._like(name, size) for name in given})
    return jax.jit(program, compiler_options=compilation.compiler_options(cost))

  def _game(self, size):
    """(GAN, Spec) of the game for images of a size."""
    spec = dataclasses.replace(self.spec, batch={name: self._like(name, size) for name in self.spec.batch})
    return gans.make(self.config, spec), spec

  def _data(self, spec, inputs):
    """A batch of the inputs, and of zeros in the place of other data."""
    return {**spec.zeros(), **{name: value for name, value in inputs.items() if name in spec}}

  def _like(self, name, size):
    """The shape of one input where the given images have this size: images have one in proportion."""
    if name not in self._known:
      raise errors.unknown('value to ask for', name, self._known)
    (_, *shape), dtype = self._known[name].shape, self._known[name].dtype
    if is_images(self._known[name]):
      shape[-3:-1] = (max(1, side * shape[axis - 3] // self.size[axis]) for axis, side in enumerate(size))
    return jax.ShapeDtypeStruct((1, *shape), dtype)


def way(gan: gans.GAN, name: str, back: bool) -> tuple[str, str]:
  """(what is given, what comes out) by the GAN `name`, or `back` again. Raises UserError."""
  there, *back_again = [*gan.presentation.translates.items(), None]
  if there is None:
    raise errors.UserError(f'{name} makes images of latents, not of images: use --mode=sample')
  if back and back_again == [None]:
    raise errors.UserError(f'{name} has no way back: leave --back out')
  return back_again[0] if back else there


def mirrored(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
  """Values that go on as in a mirror behind each of their axes, to a shape that is nowhere smaller."""
  return np.pad(
    values, [(0, side - have) for side, have in zip(shape, values.shape, strict=True)], 'symmetric'
  )
