"""Captions of the cartoon faces: drawn for a face within a jitted function, and read back from plain text."""

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from gan_jax.data import words
from gan_jax.data.avatars import phrases
from gan_jax.data.avatars.parts import FACTORS, Face
from gan_jax.data.avatars.phrase_tables import SEPARATORS, tables

LENGTH = 208  # characters of a caption
OPTIONAL = 0.5  # how often a phrase is told that may be left out


class Caption(NamedTuple):
  """What is said of a face."""

  tokens: Int[Array, ' L']  # numbers of words.CHARACTERS, 0 after the end
  allowed: Bool[Array, 'F V']  # the values of each of FACTORS that it is true of


def draw(face: Face, rng: PRNGKeyArray, held_out: bool = False) -> Caption:
  """A caption of one face in one of its many phrasings, or in one of those that are held out of training."""
  table = tables()
  sentence_rng, ways_rng, told_rng = jax.random.split(rng, 3)
  known = len(phrases.PHRASINGS)
  low, high = (known, len(table.kinds)) if held_out else (0, known)
  sentence = jax.random.randint(sentence_rng, (), low, high)
  values = jnp.stack([face[name] for name in FACTORS])
  way = jnp.floor(jax.random.uniform(ways_rng, table.ways.shape) * table.ways).astype(jnp.int32)
  of_kind = table.first + way * table.faces + (table.strides * values).sum(-1)
  told = jax.random.bernoulli(told_rng, OPTIONAL, table.kinds.shape[1:])
  told |= ~jnp.asarray(table.optional)[sentence]
  rows = jnp.where(told, of_kind[jnp.asarray(table.kinds)[sentence]], 0)
  before = separators(jnp.asarray(table.lists)[sentence], jnp.asarray(table.lengths)[rows] > 0)
  pieces = jnp.stack([before, rows], 1).reshape(-1)
  return Caption(_joined(table, pieces), jnp.asarray(table.allowed)[rows].all(0))


def separators(lists: Int[Array, ' S'], present: Bool[Array, ' S']) -> Int[Array, ' S']:
  """The rows of what stands before each phrase: signs between those of one list that are present."""
  same = (lists[:, None] == lists) & (lists > 0)[:, None] & present
  place = jnp.arange(len(lists))
  before = (same & (place < place[:, None])).any(1)
  after = (same & (place > place[:, None])).any(1)
  nothing, comma, last = range(len(SEPARATORS))
  return jnp.where(present & before, jnp.where(after, comma, last), nothing)


def _joined(table, rows):
  """The characters [L] of rows of phrases, one after the other."""
  lengths = jnp.asarray(table.lengths)[rows]
  ends = jnp.cumsum(lengths)
  place = jnp.arange(LENGTH)
  which = jnp.minimum((place[:, None] >= ends).sum(1), len(rows) - 1)
  within = jnp.clip(place - (ends - lengths)[which], 0, table.codes.shape[1] - 1)
  return jnp.where(place < ends[-1], jnp.asarray(table.codes)[rows[which], within], words.PADDING)


def is_true(caption: Caption, face: Face) -> Bool[Array, '']:
  """Whether all that a caption tells is so of a face."""
  values = jnp.stack([face[name] for name in FACTORS])
  return jnp.take_along_axis(caption.allowed, values[:, None], 1).all()


def tells(caption: Caption, meanings: Mapping[str, tuple[str, tuple[str, ...]]]) -> Float[Array, ' K']:
  """Which attributes a caption decides, 1, whether it says that they are there or that they are not."""
  found = []
  for factor, values in meanings.values():
    allowed = caption.allowed[list(FACTORS).index(factor), : len(FACTORS[factor])]
    has = jnp.array([value in values for value in FACTORS[factor]])
    found.append(~((allowed & has).any() & (allowed & ~has).any()))
  return jnp.stack(found).astype(jnp.float32)


def read(text: str) -> dict[str, tuple[str, ...]]:
  """{factor: the values that it may have} of all factors of which a text in plain English tells.

  It need not be one of the sentences; what is not one of the phrases is passed over.
  """
  table, found = tables(), {}
  text = f' {" ".join(text.lower().split())} '
  for phrase, row in _longest_first():
    if match := re.search(rf'(?<!\w){re.escape(phrase)}(?!\w)', text):
      text = text.replace(match.group(), ' | ')
      for allowed, (factor, values) in zip(table.allowed[row], FACTORS.items(), strict=True):
        kept = [value for value, ok in zip(values, allowed, strict=False) if ok]
        if len(kept) < len(values):
          before = found.get(factor, values)
          found[factor] = tuple(value for value in before if value in kept) or tuple(kept)
  return found


@functools.cache
def _longest_first():
  texts = {text.strip(): row for row, text in enumerate(tables().texts) if row and text.strip()}
  telling = {text: row for text, row in texts.items() if not tables().allowed[row].all()}
  return sorted(telling.items(), key=lambda item: -len(item[0]))
