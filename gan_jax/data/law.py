"""Rows of the data that a run keeps, so that what it makes can follow their law without the data."""

import base64
import io
from collections.abc import Mapping

import numpy as np
from jaxtyping import Array, Shaped

Rows = Mapping[str, Shaped[Array | np.ndarray, 'N ...']]
MOST = 512  # rows that a run keeps


def encode(rows: Rows) -> str:
  """Arrays by name as text: an .npz file, compressed, in base64; numbers that are not whole in float16."""
  file = io.BytesIO()
  small = lambda values: values.astype(np.float16) if values.dtype.kind == 'f' else values
  np.savez_compressed(file, **{name: small(np.asarray(values)) for name, values in rows.items()})
  return base64.b64encode(file.getvalue()).decode('ascii')


def decode(text: str) -> dict[str, np.ndarray]:
  """The arrays that `encode` was given, in float32 or as they were; {} of ''."""
  if not text:
    return {}
  with np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False) as file:
    arrays = {name: file[name] for name in file.files}
  wide = lambda values: values.astype(np.float32) if values.dtype.kind == 'f' else values
  return {name: wide(values) for name, values in arrays.items()}
