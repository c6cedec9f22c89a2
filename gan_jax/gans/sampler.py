"""What a trained generator makes, of what it draws or of what it is asked for."""

import copy
import functools
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from gan_jax import errors
from gan_jax.data import law
from gan_jax.data.spec import Spec
from gan_jax.devices import compilation, mesh
from gan_jax.gans import asked as words
from gan_jax.gans.contract import GAN, Variables, sample

BATCH = 128  # images at a time


class Sampler:
  """A trained generator: `sampler(latents)` is its images, float32 numpy [N, H, W, C] in [-1, 1].

  `sampler(count=10, label=3)` draws what is not asked for; so do `sampler(label='cat')` and `sampler(smile=1,
  age=30)`, by the names of the data's attributes and values, in their own units. Under `jax.grad`, `vmap` or
  `jit` it is a pure function of the arrays that it is given.
  """

  def __init__(self, gan: GAN, spec: Spec, variables: Variables):
    """Raises UserError for a game that needs data: from images, or if `draw` or `generate` reads them."""
    if not gan.presentation.from_noise:
      raise errors.UserError(
        'this run makes images of images: --mode=translate, or gan_jax.inference.translate.load(RUN)(image)'
      )
    self.gan, self.spec, self.variables, self._place = gan, spec, variables, lambda part: part
    check(gan, spec)
    self._draw = jax.jit(functools.partial(draw_as_data, gan, spec, law.decode(spec.law)))
    self._drawn = jax.eval_shape(self._draw, jax.random.key(0))
    self._columns, self._always, self._move = words.columns(spec, self._drawn), {}, dict
    cost = compilation.operations(self.images_of, variables, self._drawn)
    self._generate = jax.jit(self.images_of, compiler_options=compilation.compiler_options(cost))

  def using(self, variables: Variables) -> 'Sampler':
    """The same with other variables, on all devices of this process; what is compiled is shared."""
    other = copy.copy(self)
    other.variables, other._place = mesh.whole_here(variables), mesh.split_here
    return other

  def asking(self, **asked: Any) -> 'Sampler':
    """The same, always asked for these values: one for all, or some that come in turn, image by image.

    Raises UserError for what G is not given, wrong shapes and ranges.
    """
    other = copy.copy(self)
    other._always = {}
    for name, value in words.numbers(self.spec, asked).items():
      value = np.asarray(self._encoded(name, value))
      several = value.ndim > len(self._shape(name)) and len(value)
      checked = self._value(name, value, several or 1)
      other._always[self._name(name)] = checked
    return other

  def moving(self, move: Callable[[Mapping[str, Any]], dict[str, Any]]) -> 'Sampler':
    """The same, which makes its images of move(drawn) in the place of what was drawn: see gans/space.py."""
    other = copy.copy(self)
    other._move = move
    return other

  def __call__(
    self, latents: Any = None, count: int | None = None, seed: int = 0, **asked: Any
  ) -> np.ndarray | jax.Array:
    """Images of these latents [N, latent_dim], or `count` of them; `asked` as in `draw`. Raises UserError."""
    if isinstance(latents, int):
      raise errors.UserError(f'{latents} is no latent: count={latents} makes so many images')
    asked = words.numbers(self.spec, asked if latents is None else {'latents': latents, **asked})
    asked = {name: self._encoded(name, value) for name, value in asked.items()}
    if count is None:
      lengths = [len(value) for name, value in asked.items() if np.ndim(value) == len(self._shape(name)) + 1]
      count = lengths[0] if lengths else 1
    if set(map(self._name, asked)) == set(self._drawn):  # nothing is left to be drawn
      return self.generate(self._checked(asked, count))
    return self.generate(self.draw(count, seed, **asked))

  def latents(self, count: int, seed: int = 0) -> np.ndarray:
    """Latents [count, latent_dim] as they are drawn in training; the first n are the same for any count."""
    if 'latents' not in self._drawn:
      raise errors.UserError(f'G is given {", ".join(self._drawn)}, and no latents')
    return self.draw(count, seed)['latents']

  def draw(self, count: int, seed: int = 0, start: int = 0, **asked: Any) -> dict[str, np.ndarray]:
    """All that the generator is given, {name: [count, ...]}, from draw `start`, a multiple of BATCH.

    `asked` are values in the place of drawn ones, [count, ...] or one for all: label=3 (where G's own labels
    are called 'fake_label'), latents=..., smile=1. Raises UserError for what G is not given, wrong shapes and
    ranges.
    """
    if count < 0:
      raise errors.UserError(f'count={count}: must be 0 or more')
    if not 0 <= seed < 2**31:
      raise errors.UserError(f'seed={seed}: must be in [0, 2^31)')
    asked = self.always(count, start) | self._checked(words.numbers(self.spec, asked), count)
    if count == 0:
      return {name: np.zeros((0, *like.shape[1:]), like.dtype) for name, like in self._drawn.items()}
    blocks = range(start // BATCH, -(-(start + count) // BATCH))
    with jax.ensure_compile_time_eval():  # within a caller's own jit, too
      rngs = [jax.random.fold_in(jax.random.key(seed), block) for block in blocks]
      parts = jax.device_get([self._draw(rng) for rng in rngs])
    drawn = {name: np.concatenate([part[name] for part in parts])[:count] for name in parts[0]}
    drawn = words.agreeing(drawn, law.decode(self.spec.law), self._columns, asked, start)
    whole = {name: value for name, value in asked.items() if name in drawn}
    named = {name: value for name, value in asked.items() if name not in drawn}
    return words.filled(drawn | whole, self._columns, named)

  def always(self, count: int, start: int = 0) -> dict[str, np.ndarray]:
    """What is always asked for, {name: [count, ...]}, in turn from draw `start` on; see `asking`."""
    turn = np.arange(start, start + count)
    return {name: value[turn % len(value)] for name, value in self._always.items()}

  def images_of(self, variables: Variables, drawn: Mapping[str, Any]) -> jax.Array:
    """Images of what `draw` gave, as a pure function; of 'styles' in it where there are any."""
    presentation, data = self.gan.presentation, self.spec.like(len(next(iter(drawn.values()))))
    if 'styles' in drawn:
      return presentation.styles.synthesis(variables, drawn, drawn['styles'])[presentation.output]
    return sample(self.gan, variables, data, jax.random.key(0), drawn)[1][presentation.output]

  def generate(self, drawn: Mapping[str, Any]) -> np.ndarray | jax.Array:
    """Images of what `draw` gave, or of what the caller put in its place, or of 'styles' beside it."""
    if any(isinstance(value, jax.core.Tracer) for value in drawn.values()):
      return self.images_of(self.variables, dict(drawn))
    drawn = self._move(drawn)
    count = len(next(iter(drawn.values())))
    parts = []
    for start in range(0, max(count, 1), BATCH):
      part = {name: value[start : start + BATCH] for name, value in drawn.items()}
      short = BATCH - min(BATCH, count - start)
      part = {name: np.pad(value, [(0, short)] + [(0, 0)] * (value.ndim - 1)) for name, value in part.items()}
      parts.append(self._generate(self.variables, self._place(part)))
    return np.concatenate(jax.device_get(parts))[:count]

  def _checked(self, asked, count):
    """{drawn name: [count, ...]} of values that were asked for. Raises UserError."""
    return {
      self._name(name): self._value(name, self._encoded(name, value), count) for name, value in asked.items()
    }

  def _name(self, name):
    """What a caller means: 'label' is G's 'fake_label', or a column of an array."""
    for known in (name, f'fake_{name}'):
      if known in self._drawn:
        return known
    if name in self._columns:
      return name
    arrays = [known.removeprefix('fake_') for known in self._drawn]
    raise errors.unknown('value to ask for', name, [*arrays, *self._columns])

  def _like(self, name):
    """The shape and type of one value, without the batch."""
    known = self._name(name)
    if known not in self._drawn:
      return jax.ShapeDtypeStruct((), jnp.float32)
    return jax.ShapeDtypeStruct(self._drawn[known].shape[1:], self._drawn[known].dtype)

  def _encoded(self, name, value):
    """The array of what a caller says, text say; other values as they are. Raises UserError."""
    encode = self.gan.presentation.encoders.get(self._name(name))
    return encode(value) if encode and not isinstance(value, jax.core.Tracer) else value

  def _shape(self, name):
    return self._like(name).shape

  def _range(self, name):
    known = self._name(name)
    if known not in self._drawn:
      return self._columns[known].low, self._columns[known].high
    return self.gan.presentation.ranges.get(known, (-np.inf, np.inf))

  def _value(self, name, value, count):
    like, shape = self._like(name), self._shape(name)
    value = value if isinstance(value, jax.core.Tracer) else np.asarray(value)
    if value.shape not in (shape, (count, *shape)):
      raise errors.UserError(
        f'{name} has the shape {list(value.shape)}, not {[count, *shape]} or {list(shape)}'
      )
    if isinstance(value, jax.core.Tracer):
      return jnp.broadcast_to(value, (count, *shape))
    with np.errstate(invalid='ignore', over='ignore'):
      cast = value.astype(like.dtype) if value.dtype.kind in 'biuf' else None
    if cast is None or not np.isfinite(cast).all() or (like.dtype.kind in 'iu' and (cast != value).any()):
      raise errors.UserError(f'{name}={_short(value)}: not {like.dtype}')
    low, high = self._range(name)
    if cast.size and (cast.min() < low or cast.max() > high):
      raise errors.UserError(f'{name}={_short(value)}: must be in {low} to {high}')
    return np.broadcast_to(cast, (count, *shape))


def draw_as_data(gan: GAN, spec: Spec, rows: Mapping[str, Any], rng: PRNGKeyArray) -> dict[str, jax.Array]:
  """What a game draws for BATCH images; of the data it is shown rows that a run keeps, in a random order."""
  rows_rng, draw_rng = jax.random.split(rng) if rows else (rng, rng)
  data = spec.zeros(BATCH)
  if rows:
    some = jax.random.randint(rows_rng, (BATCH,), 0, len(next(iter(rows.values()))))
    data |= {name: jnp.asarray(values)[some] for name, values in rows.items() if name in data}
  return gan.draw(draw_rng, data)


def check(gan: GAN, spec: Spec) -> None:
  """Raises UserError for a game from noise that could not be sampled once trained.

  Its `draw` may read only what a run keeps of the data, see Spec.law.
  """
  read = compilation.used(lambda data: gan.draw(jax.random.key(0), data), spec.like(BATCH))
  read = [name for name in read if name not in law.decode(spec.law)]
  if read and gan.presentation.from_noise:
    raise errors.UserError(f'draw() reads {read[0]!r} of the data, which sampling does not have')


def _short(value):
  return np.array2string(value, threshold=8, precision=4).replace('\n', '')
