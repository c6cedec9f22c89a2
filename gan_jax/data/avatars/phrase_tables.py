"""All phrases and sentences as arrays of numbers, so that a caption is put together by a jitted function."""

import functools
import itertools
import math
import re
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from gan_jax.data import words
from gan_jax.data.avatars import phrases
from gan_jax.data.avatars.parts import FACTORS

SEPARATORS = ('', ', ', ' and ')  # the first three phrases
TOKEN = re.compile(r'\[|\]|\{(\w+)(\??)\}|[^\[\]{}]+')
Part = tuple[str, int, bool]  # of a sentence: the kind of phrase, its list or 0, and whether it is optional


class Tables(NamedTuple):
  """N phrases of K kinds, T sentences of S phrases at most, F factors of V values at most."""

  texts: tuple[str, ...]
  codes: Int[np.ndarray, 'N W']  # of the texts
  lengths: Int[np.ndarray, ' N']
  allowed: Bool[np.ndarray, 'N F V']  # the values of factors that a phrase is true of
  first: Int[np.ndarray, ' K']  # the first phrase of a kind; its ways follow, each with all of its faces
  ways: Int[np.ndarray, ' K']  # how many
  faces: Int[np.ndarray, ' K']
  strides: Int[np.ndarray, 'K F']  # the number of a face within its kind is the sum of these times its values
  kinds: Int[np.ndarray, 'T S']  # of the phrases of a sentence; after its end the kind of nothing, 0
  lists: Int[np.ndarray, 'T S']
  optional: Bool[np.ndarray, 'T S']


@functools.cache
def tables() -> Tables:
  """The tables of phrases.KINDS and of the sentences, those that are held out last."""
  sentences = [parse(text) for text in (*phrases.PHRASINGS, *phrases.HELD_OUT_PHRASINGS)]
  plain = {kind for sentence in sentences for kind, _, _ in sentence} - set(phrases.KINDS)
  constant = lambda text: ((), (lambda: text,))
  kinds = {'': constant(''), **phrases.KINDS, **{text: constant(text) for text in sorted(plain)}}
  texts, told, first = [*SEPARATORS], [((), ())] * len(SEPARATORS), []
  for factors, ways in kinds.values():
    first.append(len(texts))
    faces = list(itertools.product(*(FACTORS[factor] for factor in factors)))
    for way in ways:
      texts += [way(*face) for face in faces]
      told += [(factors, face) for face in faces]
  longest, nothing = max(map(len, sentences)), ('', 0, False)
  filled = [sentence + [nothing] * (longest - len(sentence)) for sentence in sentences]
  column = lambda k: [[part[k] for part in sentence] for sentence in filled]
  lengths = np.array([len(text) for text in texts])
  names = list(kinds)
  return Tables(
    texts=tuple(texts),
    codes=np.array([words.numbers(text, int(lengths.max())) for text in texts]),
    lengths=lengths,
    allowed=_allowed(texts, told),
    first=np.array(first),
    ways=np.array([len(ways) for _, ways in kinds.values()]),
    faces=np.array([math.prod(len(FACTORS[name]) for name in factors) for factors, _ in kinds.values()]),
    strides=np.array([_strides(factors) for factors, _ in kinds.values()]),
    kinds=np.array([[names.index(kind) for kind in row] for row in column(0)]),
    lists=np.array(column(1)),
    optional=np.array(column(2)),
  )


def parse(sentence: str) -> list[Part]:
  """The parts of a sentence; its plain text is a kind of its own. Spaces in a list only stand between."""
  parts, inside, lists = [], False, 0
  for match in TOKEN.finditer(sentence):
    kind, mark = match.groups()
    if match.group() in '[]':
      inside = match.group() == '['
      lists += inside
    elif kind or not inside:
      parts.append((kind or match.group(), lists if inside else 0, bool(mark)))
  return parts


def _strides(factors):
  found, step = dict.fromkeys(FACTORS, 0), 1
  for factor in reversed(factors):
    found[factor], step = step, step * len(FACTORS[factor])
  return list(found.values())


def _allowed(texts, told):
  """[N, F, V]: of each text the values, of the factors that it tells of, of all faces of which it is said."""
  shape = len(FACTORS), max(map(len, FACTORS.values()))
  said = {}
  for text, (factors, face) in zip(texts, told, strict=True):
    mask = said.setdefault((text, factors), np.zeros(shape, bool))
    for name, values in FACTORS.items():
      row = mask[list(FACTORS).index(name)]
      if not text or name not in factors:
        row[:] = True
      else:
        row[values.index(face[factors.index(name)])] = True
  return np.stack([said[text, factors] for text, (factors, _) in zip(texts, told, strict=True)])
