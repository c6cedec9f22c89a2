"""What a batch of faces holds: pictures, and what is told of them, as functions of the faces' numbers."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Integer, Key, PRNGKeyArray

from gan_jax.data.avatars import captions, phrases, places
from gan_jax.data.avatars.drawing import draw as draw_face
from gan_jax.data.avatars.factors import ATTRIBUTES, MEANINGS, attributes, sample_factors
from gan_jax.data.avatars.parts import FACTORS, Face

HUES, WORDS, OTHER = 1, 2, 3  # streams of randomness besides that of the factors


class Asked(NamedTuple):
  """Which faces, and what is to be given of them."""

  stream: int  # the number of the split
  size: tuple[int, int]
  label: str
  attributes: tuple[str, ...]
  places: str = 'narrow'
  values: tuple[tuple[str, float, float], ...] = ()
  split: str = ''  # of captions; '': there are none
  one_wrong: float = 0.0  # how often a wrong caption is wrong in one thing only


@functools.partial(jax.jit, static_argnames='asked')
def draw(indices: Integer[Array | np.ndarray, ' B'], asked: Asked) -> dict[str, Array]:
  """Examples `indices` of the faces that are asked for, {name: [B, ...]}."""
  columns = jnp.array([ATTRIBUTES.index(name) for name in asked.attributes])

  def example(face, rng):
    found = {
      'image': draw_face(face, asked.size),
      'label': face[asked.label],
      'attributes': attributes(face)[columns],
      **{f'factor_{name}': value for name, value in face.items()},
    }
    if asked.values:
      found['values'] = places.values(face, asked.values)
    return {**found, **(described(face, rng, asked, columns) if asked.split else {})}

  rngs = keys(indices, asked.stream)
  return jax.vmap(example)(jax.vmap(lambda rng: make_face(rng, asked))(rngs), rngs)


def described(face: Face, rng: PRNGKeyArray, asked: Asked, columns: Array) -> dict[str, Array]:
  """What is said of one face and where it is.

  'caption' [L], 'caption_again' [L], another sentence of the same face, 'caption_wrong' [L] that is false of
  it, 'caption_tells' [K]: which of the attributes the right caption decides, 'box' [4] of the head,
  'keypoints' [P, 3].
  """
  held_out = asked.split == 'phrasings'
  kept = (lambda face: face) if asked.split == 'combinations' else _kept
  own_rng, other_rng, wrong_rng = jax.random.split(jax.random.fold_in(rng, WORDS), 3)
  caption = captions.draw(face, own_rng, held_out)
  other = make_face(other_rng, asked)
  if asked.one_wrong:
    coin_rng, which_rng = jax.random.split(jax.random.fold_in(other_rng, WORDS))
    alike = one_changed(face, other, captions.draw(face, wrong_rng, held_out), which_rng)
    coin = jax.random.bernoulli(coin_rng, asked.one_wrong)
    other = kept({name: jnp.where(coin, alike[name], value) for name, value in other.items()})
  wrong = captions.draw(other, wrong_rng, held_out)
  # Where all that is said of the other is so of this face, another colour of hair, which is always said.
  colours = len(FACTORS['hair_colour'])
  other = kept({**other, 'hair_colour': (other['hair_colour'] + captions.is_true(wrong, face)) % colours})
  return {
    'caption': caption.tokens,
    'caption_again': captions.draw(face, jax.random.fold_in(own_rng, OTHER), held_out).tokens,
    'caption_wrong': captions.draw(other, wrong_rng, held_out).tokens,
    'caption_tells': captions.tells(caption, MEANINGS)[columns],
    'box': places.box(face, asked.size),
    'keypoints': places.keypoints(face, asked.size),
  }


def one_changed(face: Face, other: Face, said: captions.Caption, rng: PRNGKeyArray) -> Face:
  """The face with one factor, of those that are `said`, as the other has it, or with the next value."""
  counts = jnp.array([len(values) for values in FACTORS.values()])
  told = said.allowed.sum(1) < counts
  which = jax.random.categorical(rng, jnp.where(told, 0.0, -jnp.inf))
  changed = {}
  for k, name in enumerate(FACTORS):
    same = other[name] == face[name]
    changed[name] = jnp.where(which == k, (other[name] + same) % counts[k], face[name])
  return {**face, **changed}


def make_face(rng: PRNGKeyArray, asked: Asked) -> Face:
  """A face of those that are asked for."""
  face = sample_factors(rng)
  face = places.moved(face, asked.places)
  if 'hue' in [name for name, _, _ in asked.values]:
    face = places.with_hue(face, jax.random.fold_in(rng, HUES))
  if asked.split == 'combinations':
    return _held_out(face, jax.random.fold_in(rng, OTHER))
  return _kept(face) if asked.split else face


def _held_out(face, rng):
  """The face with one of the combinations of looks that are held out of training."""
  which = jax.random.randint(rng, (), 0, len(phrases.HELD_OUT_FACES))
  for k, looks in enumerate(phrases.HELD_OUT_FACES):
    for name, value in looks.items():
      face = {**face, name: jnp.where(which == k, FACTORS[name].index(value), face[name])}
  return face


def _kept(face):
  """The face, with the next hat in the list where it has one of those combinations."""
  for looks in phrases.HELD_OUT_FACES:
    has = jnp.stack([face[name] == FACTORS[name].index(value) for name, value in looks.items()]).all()
    face = {**face, 'hat': (face['hat'] + has) % len(FACTORS['hat'])}
  return face


def keys(indices: Integer[Array | np.ndarray, ' B'], stream: int | Integer[Array, '']) -> Key[Array, ' B']:
  """The randomness of each of the faces `indices` of a stream: the number of a split."""
  return jax.vmap(lambda index: jax.random.fold_in(jax.random.fold_in(jax.random.key(0), stream), index))(
    indices
  )


def faces(indices: Integer[Array | np.ndarray, ' B'], stream: int | Integer[Array, '']) -> Face:
  """The factors of the faces `indices` of a stream, in the middle of the image."""
  return jax.vmap(sample_factors)(keys(indices, stream))
