"""What a caller may say when asking for images, as the arrays that G is given."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gan_jax import errors
from gan_jax.data import words
from gan_jax.data.spec import Spec


def captions(spec: Spec) -> Callable:
  """(text, several texts, or numbers) -> numbers of characters, [L] or [N, L]. Raises UserError."""
  (length,) = spec.shape('caption')

  def encode(value: Any):
    texts = np.asarray(value)
    if texts.dtype.kind != 'U':
      return value
    if texts.ndim > 1:
      raise errors.UserError(f'caption={texts.tolist()}: a text, or a list of texts')
    return words.encode_all(texts.tolist(), length, spec.vocabulary)

  return encode


def boxes(value: Any) -> Any:
  """The boxes [4] or [N, 4] as they are. Raises UserError for one that is not top, left, bottom, right."""
  sides = np.asarray(value)
  if sides.dtype.kind in 'iuf' and sides.shape[-1:] == (4,) and (sides[..., :2] >= sides[..., 2:]).any():
    raise errors.UserError(
      f'box={np.array2string(sides, threshold=8)}: must be top, left, bottom, right, the top above the bottom'
    )
  return value
