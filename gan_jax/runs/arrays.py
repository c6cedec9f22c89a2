"""Arrays by name in one file, each with a digest, made as it is written and checked as it is read.

The file has the layout of safetensors, https://github.com/huggingface/safetensors: the length of a header,
the header in JSON, the bytes of the arrays one after the other. Other programs can read it; this one trusts
only the records that `write` gives, which are kept beside it.
"""

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import jax.numpy as jnp
import numpy as np

TYPES = {
  **{f'float{bits}': f'F{bits}' for bits in (16, 32, 64)},
  **{f'int{bits}': f'I{bits}' for bits in (8, 16, 32, 64)},
  **{f'uint{bits}': f'U{bits}' for bits in (8, 16, 32, 64)},
  **{'bfloat16': 'BF16', 'float8_e4m3fn': 'F8_E4M3', 'float8_e5m2': 'F8_E5M2', 'bool': 'BOOL'},
}


class Damaged(Exception):
  """What was read is not what was written; the message says what of it."""


class NotFinite(Exception):
  """An array that was to be written has NaN or Inf; the message is its name."""


def write(path: Path, arrays: Mapping[str, np.ndarray], finite: bool = True) -> dict[str, Any]:
  """The records {'bytes', 'header', 'arrays': {name: {'shape', 'dtype', 'at', 'sha256'}}} of a new file.

  All of it is on the disk when this returns. Raises NotFinite, if numbers are to be `finite`, and OSError.
  """
  header, records, at = {}, {}, 0
  for name, array in arrays.items():
    shape, dtype, end = list(array.shape), array.dtype.name, at + array.nbytes
    header[name] = {'dtype': TYPES[dtype], 'shape': shape, 'data_offsets': [at, end]}
    records[name] = {'shape': shape, 'dtype': dtype, 'at': at}
    at = end
  text = json.dumps(header).encode()
  text += b' ' * (-len(text) % 8)
  head = len(text).to_bytes(8, 'little') + text
  with open(path, 'wb') as file:
    file.write(head)
    for name, array in arrays.items():
      if finite and jnp.issubdtype(array.dtype, jnp.floating) and not np.isfinite(array).all():
        raise NotFinite(name)
      part = _bytes(array)
      records[name].update(at=len(head) + records[name]['at'], sha256=digest(array))
      file.write(part)
    file.flush()
    os.fsync(file.fileno())
  return {'bytes': len(head) + at, 'header': hashlib.sha256(head).hexdigest(), 'arrays': records}


def read(file: BinaryIO, records: Mapping[str, Any], wanted: Collection[str]) -> dict[str, np.ndarray]:
  """{name: array} of the `wanted` ones in an open file. Raises Damaged for one that is another."""
  if (there := os.fstat(file.fileno()).st_size) != records['bytes']:
    raise Damaged(f'it has {there:,} bytes, not {records["bytes"]:,}')
  found = {}
  for name in wanted:
    record = records['arrays'][name]
    array = np.empty(record['shape'], jnp.dtype(record['dtype']))
    file.seek(record['at'])
    part = _bytes(array)
    if file.readinto(part) != array.nbytes or hashlib.sha256(part).hexdigest() != record['sha256']:
      raise Damaged(f'the digest of {name} is another')
    found[name] = array
  return found


def check(file: BinaryIO, records: Mapping[str, Any]) -> None:
  """Raises Damaged unless every byte of an open file is what was written, one array in memory at a time."""
  for name in records['arrays']:
    read(file, records, [name])
  file.seek(0)
  head = file.read(records['bytes'] - sum(_size(record) for record in records['arrays'].values()))
  if hashlib.sha256(head).hexdigest() != records['header']:
    raise Damaged('the digest of its header is another')


def digest(array: np.ndarray) -> str:
  """The SHA-256 of an array's bytes."""
  return hashlib.sha256(_bytes(array)).hexdigest()


def _bytes(array):
  """The memory of an array, as bytes; contiguous arrays are not copied."""
  return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def _size(record):
  return int(np.prod(record['shape'])) * jnp.dtype(record['dtype']).itemsize
