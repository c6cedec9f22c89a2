"""Captions as numbers of characters: what the text encoders read, and what a user types."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Array, Int32, Integer

from gan_jax import errors

PADDING, UNKNOWN = 0, 1  # the numbers of nothing, after the end, and of all characters that are not here
CHARACTERS = ('', '\ufffd', ' ', *'abcdefghijklmnopqrstuvwxyz0123456789', *',.;:!?\'"-_/()&%+')


def encode(text: str, length: int, vocabulary: Sequence[str] = CHARACTERS) -> Int32[np.ndarray, ' {length}']:
  """The numbers of a text's characters in lower case, padded to `length`.

  Spaces at the ends do not count, several in a row are one. Raises UserError for an empty text, or one that
  is too long.
  """
  text = ' '.join(text.lower().split())
  if not text:
    raise errors.UserError('a caption is empty')
  if len(text) > length:
    raise errors.UserError(f'a caption has {len(text)} characters, of {length} at most: {text[:40]!r}...')
  return numbers(text, length, vocabulary)


def numbers(text: str, length: int, vocabulary: Sequence[str] = CHARACTERS) -> Int32[np.ndarray, ' {length}']:
  """The numbers of a text's characters as it stands, padded to `length`."""
  number = {character: k for k, character in enumerate(vocabulary)}
  found = [number.get(character, UNKNOWN) for character in text]
  return np.array(found + [PADDING] * (length - len(text)), np.int32)


def encode_all(
  texts: str | Sequence[str], length: int, vocabulary: Sequence[str] = CHARACTERS
) -> Int32[np.ndarray, '... {length}']:
  """The numbers of one text [L], or of several [N, L]. Raises UserError as `encode` does."""
  if isinstance(texts, str):
    return encode(texts, length, vocabulary)
  return np.stack([encode(text, length, vocabulary) for text in texts])


def decode(tokens: Integer[Array | np.ndarray, ' L'], vocabulary: Sequence[str] = CHARACTERS) -> str:
  """The text of such numbers, up to the padding."""
  return ''.join(vocabulary[int(token)] for token in np.asarray(tokens))
