"""Captions as numbers: there and back, and what cannot be one."""

import numpy as np
import pytest

from gan_jax import errors
from gan_jax.data import words


def test_captions_come_back():
  assert words.decode(words.encode('  A face\twith RED hair, ok? ', 40)) == 'a face with red hair, ok?'
  np.testing.assert_array_equal(words.encode('ab', 4)[2:], words.PADDING)
  assert words.encode_all(['ab', 'c'], 4).shape == (2, 4)
  assert words.encode_all('ab', 4).shape == (4,)


def test_unknown_characters_have_a_number_of_their_own():
  tokens = words.encode('né\u4e16', 5)
  np.testing.assert_array_equal(tokens[1:3], words.UNKNOWN)
  assert words.UNKNOWN not in words.encode('ne', 5)


@pytest.mark.parametrize(('text', 'said'), [(' ', 'is empty'), ('abcdef', 'has 6 characters, of 4 at most')])
def test_no_captions(text, said):
  with pytest.raises(errors.UserError, match=said):
    words.encode(text, 4)
